# Lists a Boost.Test program's cases (PROGRAM) and writes one add_test for each to OUTPUT, named
# PREFIX.suite/case and labelled LABEL. Run after the program is built.
execute_process(
  COMMAND ${PROGRAM} --list_content=HRF --color_output=no
  OUTPUT_VARIABLE listed ERROR_VARIABLE listed_too RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} cannot list its cases: ${listed_too}")
endif()
string(APPEND listed "${listed_too}")
string(REGEX REPLACE "\n" ";" lines "${listed}")
set(text "")
set(suite "")
foreach(line IN LISTS lines)
  if(line MATCHES "^([A-Za-z0-9_]+)\\*")
    set(suite ${CMAKE_MATCH_1})
    set(pending "${suite}")
    set(top ON)
  elseif(line MATCHES "^    ([A-Za-z0-9_<>:, ]+)\\*")
    string(APPEND text "add_test([==[${PREFIX}.${suite}/${CMAKE_MATCH_1}]==] [==[${PROGRAM}]==] "
      "[==[--run_test=${suite}/${CMAKE_MATCH_1}]==] --catch_system_errors=no)\n"
      "set_tests_properties([==[${PREFIX}.${suite}/${CMAKE_MATCH_1}]==] PROPERTIES LABELS ${LABEL})\n")
  endif()
endforeach()
file(WRITE ${OUTPUT} "${text}")
