# Run by cpack on the staged files before it packs them: what Debian wants otherwise than /usr/local does.
file(GLOB_RECURSE binaries ${CPACK_TEMPORARY_DIRECTORY}/*/bin/banksim)
list(GET binaries 0 binary)
cmake_path(SET usr NORMALIZE ${binary}/../..)

find_program(gzip gzip REQUIRED)
function(compress file)
  execute_process(COMMAND ${gzip} -9 -n -f ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

compress(${usr}/share/man/man1/banksim.1)

# Debian's zsh looks for the completions of packages there, and in site-functions only below /usr/local.
file(MAKE_DIRECTORY ${usr}/share/zsh)
file(RENAME ${usr}/share/zsh/site-functions ${usr}/share/zsh/vendor-completions)

# Debian policy 12.5 and 12.7.
set(doc ${usr}/share/doc/banksim)
file(WRITE ${doc}/copyright
  "banksim ${CPACK_PACKAGE_VERSION}\n\nCopyright 2026 the authors of banksim\nLicense: none is stated in the sources\n")
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # heeds SOURCE_DATE_EPOCH
file(WRITE ${doc}/changelog
  "banksim (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n"
  "  * Packaged from the sources of this version.\n\n"
  " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
compress(${doc}/changelog)

# Whatever the umask of who packs.
set(all_read OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
set(all_run ${all_read} OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE)
file(CHMOD_RECURSE ${usr} FILE_PERMISSIONS ${all_read} DIRECTORY_PERMISSIONS ${all_run})
file(CHMOD ${usr} ${binary} PERMISSIONS ${all_run})
