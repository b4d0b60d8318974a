# What all targets share: warnings, sanitizers, includes from the root.
add_library(subledger_options INTERFACE)
target_compile_options(subledger_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror)
target_include_directories(subledger_options INTERFACE ${PROJECT_SOURCE_DIR})
if(SUBLEDGER_SANITIZE)
  target_compile_options(subledger_options INTERFACE
    -fsanitize=${SUBLEDGER_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(subledger_options INTERFACE -fsanitize=${SUBLEDGER_SANITIZE})
endif()

# subledger_library(NAME [LIBRARIES...]): a static library of all sources in the current folder.
function(subledger_library name)
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  add_library(${name} STATIC ${sources})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(${name} PUBLIC subledger_options ${ARGN})
endfunction()

# subledger_allocator(NAME): the program allocates by jemalloc (ops/decisions/0007), but by a sanitizer's own
# where one is on.
function(subledger_allocator name)
  if(NOT SUBLEDGER_SANITIZE)
    target_link_options(${name} PRIVATE -Wl,--no-as-needed)
    target_link_libraries(${name} PRIVATE PkgConfig::JEMALLOC)
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/ops/allocator/jemalloc_options.cc)
  endif()
endfunction()

# subledger_kill_points(NAME): the library's kill points do something (engine/kill_point.h), if asked for.
function(subledger_kill_points name)
  if(SUBLEDGER_KILL_POINTS)
    target_compile_definitions(${name} PRIVATE SUBLEDGER_KILL_POINTS)
  endif()
endfunction()
