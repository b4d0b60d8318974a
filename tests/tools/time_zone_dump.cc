// Answers questions about time zones from standard input, for time_zone_sweep.py to compare.
//
// A line "<name> <UTC microseconds>" is answered with "<offset> <from> <until> <day> <month> <hour>", or
// with "unknown". The first line of the output is the tzdata release. It checks nothing itself, except
// that LocalCalendar agrees with local_time() throughout: if not, it says so and exits with 1.

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>

#include "projections/time_zone.h"

namespace {

using subledger::LocalCalendar;
using subledger::TimeZone;

int answer_all() {
  std::string name;
  std::string last_name;
  int64_t micros = 0;
  std::optional<TimeZone> zone;
  std::optional<LocalCalendar> calendar;
  while (std::cin >> name >> micros) {
    if (name != last_name) {
      last_name = name;
      zone = TimeZone::find(name);
      if (zone) calendar.emplace(*zone);
    }
    if (!zone) {
      std::cout << "unknown\n";
      continue;
    }
    const auto offset = zone->offset_at(micros);
    const auto local = subledger::local_time(*zone, micros);
    // Twice: the first call may fill the cache, the second one then reads it.
    if (calendar->at(micros) != local || calendar->at(micros) != local) {
      std::cerr << "LocalCalendar disagrees with local_time: " << name << ' ' << micros << '\n';
      return 1;
    }
    std::cout << offset.seconds << ' ' << offset.from_micros << ' ' << offset.until_micros << ' ' << local.day
              << ' ' << local.month << ' ' << local.hour << '\n';
  }
  return std::cin.eof() ? 0 : 1;
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  std::cout << subledger::tzdata_release() << '\n';
  return answer_all();
}
