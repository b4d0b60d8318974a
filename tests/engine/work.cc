// A day of work: each subscriber does one of everything, with repeated, contradictory and late events among
// them.
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <utility>

#include "events/json.h"
#include "events/partitioner.h"
#include "events/uuid.h"
#include "tests/engine/world.h"

namespace subledger::test {
namespace {

constexpr int numbers_per_subscriber = 100;

struct Task {
  const char* type;
  const char* channel;
  const char* more;
};

// Those with "$" name the charge of task 3.
constexpr std::array tasks{
    Task{"assistant_activated", "ussd", ""},
    Task{"password_set", "web", R"(,"method":"issued","verifier":"scrypt$1")"},
    Task{"login_attempted", "web", R"(,"outcome":"wrong")"},
    Task{"traffic_used", "network", R"(,"bytes_up":100,"bytes_down":1400,"session":"s")"},
    Task{"option_connected", "sms", R"(,"option":"locator")"},
    Task{"service_used", "web", R"(,"service":"locator","units":2)"},
    Task{"login_attempted", "web", R"(,"outcome":"wrong")"},
    Task{"bonus_granted", "operator", R"(,"bytes":4000,"reason":"gift")"},
    Task{"traffic_used", "network", R"(,"bytes_up":7,"bytes_down":5600,"session":"s")"},
    Task{"login_attempted", "web", R"(,"outcome":"wrong")"},  // locks
    Task{"tariff_switched", "web", R"(,"tariff":"smart")"},   // access_denied
    Task{"tariff_switched", "ussd", R"(,"tariff":"smart")"},
    Task{"payment_received", "operator", R"(,"money":"5.00","reference":"till 4")"},
    Task{"charge_reversed", "operator", R"(,"charge_id":"$","reason":"complaint")"},
    Task{"charge_reversed", "operator", R"(,"charge_id":"$","reason":"twice")"},  // already_reversed
    Task{"traffic_used", "network", R"(,"bytes_up":1,"bytes_down":2,"session":"s","final":true)"},
    Task{"option_disconnected", "sms", R"(,"option":"locator")"},
    Task{"subscriber_closed", "operator", ""},
    Task{"assistant_activated", "ussd", ""},
};
constexpr int duplicated_task = 8;
constexpr int contradicted_task = 3;

std::string event_id(int number) {
  char text[40];
  std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012d", number);
  return text;
}

std::string event_text(int id, int second, std::string_view type, std::string_view channel,
                       std::string_view subscriber, std::string_view more) {
  char time[40];
  std::snprintf(time, sizeof time, "2014-10-31T%02d:%02d:%02dZ", second / 3600, second / 60 % 60,
                second % 60);
  std::string text = R"({"id":")" + event_id(id) + R"(","type":")";
  text.append(type).append(R"(","subscriber":")").append(subscriber);
  text.append(R"(","occurred_at":")").append(time).append(R"(","channel":")").append(channel);
  return text.append("\"").append(more) + "}";
}

std::string task_json(std::size_t index, int subscriber, int second) {
  const int id = subscriber * numbers_per_subscriber + static_cast<int>(index);
  const std::string name = subscriber_name(subscriber);
  std::string more = tasks[index].more;
  const int reversed = subscriber * numbers_per_subscriber + contradicted_task;
  const auto place = more.find("\"$\"");
  if (place != std::string::npos) {
    more.replace(place + 1, 1, format_uuid(charge_id_of(name, *parse_uuid(event_id(reversed)))));
  }
  return event_text(id, second, tasks[index].type, tasks[index].channel, name, more);
}

}  // namespace

std::string subscriber_name(int subscriber) { return std::to_string(79'000'000'001 + subscriber); }

std::string event_json(int number, std::string_view type, std::string_view subscriber,
                       std::string_view more) {
  return event_text(1'000'000 + number, 30'000 + number, type, "operator", subscriber, more);
}

std::string catalog_json(std::string_view version, std::string_view currency) {
  const std::string rules = R"([{"rule":"all","scope":"session",)"
                            R"("tiers":[{"from":0,"price":"1.00","unit":1000,"increment":1000}]}])";
  std::string text = R"({"version":")";
  text.append(version).append(R"(","effective_from":"2014-01-01T00:00:00Z","currency":")").append(currency);
  text += R"(","time_zone":"Europe/Moscow","default_tariff":"classic",)"
          R"("tariffs":{"classic":{"switch_fee":"100.00",)"
          R"("traffic":)" +
          rules + R"(},"smart":{"switch_fee":"30.00","traffic":)" + rules + "}}";
  text += R"(,"options":{"locator":{"connect_fee":"3.00","disconnect_fee":"0.50"}},"services":{"locator":)"
          R"({"requires":"locator","rates":[{"rule":"each","scope":"event","tiers":)"
          R"([{"from":0,"price":"10.00","unit":1,"increment":1}]}]}}})";
  return text;
}

void World::append(std::string_view json) {
  const auto event = parse_event_json(json);
  BOOST_REQUIRE_MESSAGE(event, event.error().detail << " in " << json);
  Encoder encoder;
  const std::string_view key = event->value.subscriber;
  append_raw(partition_of(key, shape.partitions), key, encoder.encode(event->value));
}

void World::publish(std::string_view catalog) {
  Event event;
  event.occurred_at = Timestamp{1'414'700'000'000'000};
  event.channel = Channel::operator_desk;
  event.body = CatalogPublished{catalog};
  Encoder encoder;
  const std::string value(encoder.encode(event));
  for (int32_t p = 0; p < shape.partitions; ++p) append_raw(p, catalog_key, value);
}

void World::append_work() {
  publish(catalog_json("v1"));
  for (int i = 0; i < shape.subscribers; ++i) {
    append(task_json(duplicated_task, i, 7'200));  // without a bonus, and known ever after
  }
  int second = 7'200;
  for (std::size_t task = 0; task < tasks.size(); ++task) {
    for (int i = 0; i < shape.subscribers; ++i) {
      const int id = i * numbers_per_subscriber + contradicted_task;
      append(task_json(task, i, task == duplicated_task ? 7'200 : ++second));
      if (task == 10) append(event_text(id, 7'200, "assistant_activated", "ussd", subscriber_name(i), ""));
    }
    if (task == 4) publish(catalog_json("v1"));
    if (task == 5) publish(catalog_json("v2"));
    if (task == 6) publish(catalog_json("v3", "EUR"));  // invalid_catalog
    const std::array headers{Header{"trace", "7"}, Header{"empty", std::nullopt}};
    if (task % 4 == 1)
      append_raw(static_cast<int32_t>(task) % shape.partitions, std::nullopt, "rubbish", headers);
    if (task % 8 == 2) append_raw(static_cast<int32_t>(task) % shape.partitions, "7", std::nullopt);
  }
  for (int i = 0; i < shape.subscribers; ++i) {  // before_closing
    const int id = i * numbers_per_subscriber + 50;
    append(event_text(id, 7'100, "payment_received", "operator", subscriber_name(i),
                      R"(,"money":"1.00","reference":"late")"));
  }
}

}  // namespace subledger::test
