# What `cmake --install` puts where.
include(GNUInstallDirs)

# Written by the program itself whenever it is linked, so that they say what it does; part of its own target,
# so that who builds the program alone can install it too.
set(banksim_texts ${PROJECT_BINARY_DIR}/install)
file(MAKE_DIRECTORY ${banksim_texts})
add_custom_command(TARGET banksim POST_BUILD
  COMMAND banksim help --man > ${banksim_texts}/banksim.1
  COMMAND banksim completion bash > ${banksim_texts}/banksim.bash
  COMMAND banksim completion zsh > ${banksim_texts}/_banksim
  COMMAND banksim completion fish > ${banksim_texts}/banksim.fish
  VERBATIM)

# Finds libraries again that were not where the system has its own.
set_target_properties(banksim PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)

install(TARGETS banksim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${banksim_texts}/banksim.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${banksim_texts}/banksim.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME banksim)
install(FILES ${banksim_texts}/_banksim DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${banksim_texts}/banksim.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# What a strategy is made with: the program compiles files against it, and a project of one's own tests its strategies
# by find_package(banksim): explore<Mine>() and simulate<Mine>() in banksim::core, and banksim::heap for whoever
# explores what allocates. Libraries that were downloaded here are not there for others, so then it is the headers alone.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/banksim DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(NOT BANKSIM_FETCH_DEPS AND NOT BANKSIM_SANITIZE)
  set(banksim_package ${CMAKE_INSTALL_LIBDIR}/cmake/banksim)
  set_target_properties(banksim_core PROPERTIES EXPORT_NAME core OUTPUT_NAME banksim)
  set_target_properties(banksim_heap PROPERTIES EXPORT_NAME heap)
  target_compile_features(banksim_core PUBLIC cxx_std_20)
  install(TARGETS banksim_core banksim_heap EXPORT banksim ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    OBJECTS DESTINATION ${CMAKE_INSTALL_LIBDIR}/banksim)
  install(EXPORT banksim NAMESPACE banksim:: FILE banksimTargets.cmake DESTINATION ${banksim_package})
  file(WRITE ${banksim_texts}/banksimConfig.cmake "include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(fmt)
include(\${CMAKE_CURRENT_LIST_DIR}/banksimTargets.cmake)
")
  include(CMakePackageConfigHelpers)
  write_basic_package_version_file(${banksim_texts}/banksimConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${banksim_texts}/banksimConfig.cmake ${banksim_texts}/banksimConfigVersion.cmake DESTINATION ${banksim_package})
endif()
