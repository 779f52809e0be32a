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
