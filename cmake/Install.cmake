# What `cmake --install` puts where, and the Debian package of the same files.
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

# ---- The package: `cpack` in the build tree, or the target `package` ----

set(CPACK_GENERATOR DEB)
set(CPACK_CMAKE_GENERATOR Ninja)  # for Makefiles cpack would first build everything, tests too; it packs what is built
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/DebianFiles.cmake)
set(CPACK_PACKAGE_CONTACT "banksim maintainers <maintainers@banksim.invalid>")
set(CPACK_PACKAGE_VENDOR banksim)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "simulator of bank transfers under different locking strategies")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Runs ways of locking a bank's accounts on real threads, names a deadlock
with its cycle instead of hanging, checks the money account by account,
measures and compares what each way costs, and explores every interleaving
of a tiny bank from the same source.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION misc)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
