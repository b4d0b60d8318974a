#include <boost/test/unit_test.hpp>

#include "connectors/kafka/outcome.h"

using subledger::StepOutcome;
using subledger::kafka::classify;
using subledger::kafka::ErrorClass;
using subledger::kafka::outcome_of;

BOOST_TEST_DONT_PRINT_LOG_VALUE(subledger::StepOutcome)

BOOST_AUTO_TEST_SUITE(outcome)

BOOST_AUTO_TEST_CASE(codes_fall_into_classes) {
  for (const int code : {-144, 47, 90}) BOOST_TEST((classify(code) == ErrorClass::fenced), code);
  for (const int code : {22, 25, 27, 82}) BOOST_TEST((classify(code) == ErrorClass::ownership), code);
  for (const int code : {3, 10, 18, 29, 30, 53, 87})
    BOOST_TEST((classify(code) == ErrorClass::permanent), code);
  // Timed out, no transport, not coordinator, concurrent transactions, unknown server error, not enough
  // replicas.
  for (const int code : {-185, -195, 16, 51, -1, 19, 20}) {
    BOOST_TEST((classify(code) == ErrorClass::transient), code);
  }
}

// Goal: once the broker was asked to commit, no error says that it did not.
BOOST_AUTO_TEST_CASE(failed_commit_is_never_guessed) {
  for (const auto error :
       {ErrorClass::transient, ErrorClass::fenced, ErrorClass::ownership, ErrorClass::permanent}) {
    for (const bool aborted : {false, true}) {
      BOOST_TEST(outcome_of(error, {.commit_was_asked = true, .abort_succeeded = aborted}) ==
                 StepOutcome::unknown);
    }
  }
}

BOOST_AUTO_TEST_CASE(before_the_commit_only_a_successful_abort_allows_the_same_bytes_again) {
  BOOST_TEST(outcome_of(ErrorClass::transient, {.abort_succeeded = true}) == StepOutcome::aborted);
  BOOST_TEST(outcome_of(ErrorClass::transient, {.abort_succeeded = false}) == StepOutcome::unknown);
  BOOST_TEST(outcome_of(ErrorClass::fenced, {.abort_succeeded = false}) == StepOutcome::unknown);
}

BOOST_AUTO_TEST_CASE(record_that_is_never_taken_is_a_fault) {
  BOOST_TEST(outcome_of(ErrorClass::permanent, {.abort_succeeded = true}) == StepOutcome::fault);
}

BOOST_AUTO_TEST_CASE(member_that_the_group_left_behind_has_lost) {
  BOOST_TEST(outcome_of(ErrorClass::ownership, {.abort_succeeded = true}) == StepOutcome::lost);
}

BOOST_AUTO_TEST_CASE(instance_whose_name_another_process_has_is_fenced) {
  BOOST_TEST(outcome_of(ErrorClass::fenced, {.superseded = true}) == StepOutcome::fenced);
  BOOST_TEST(outcome_of(ErrorClass::fenced, {.commit_was_asked = true, .superseded = true}) ==
             StepOutcome::fenced);
}

BOOST_AUTO_TEST_SUITE_END()
