#include "tests/simulation/workload.h"

#include <array>
#include <cstdio>
#include <utility>

#include "events/codec.h"
#include "events/partitioner.h"
#include "events/uuid.h"

namespace subledger::simulation {
namespace {

constexpr int64_t start_micros = 1'414'800'000'000'000;  // where the log's clock begins
constexpr int64_t hour_micros = int64_t{3'600} * micros_per_second;
constexpr std::size_t type_count = std::variant_size_v<EventBody> - 1;  // catalogs are sent apart
constexpr std::size_t traffic_type = 7;
constexpr std::size_t sent_max = 60;

std::string decimal(uint64_t hundredths) {
  char text[32];
  std::snprintf(text, sizeof text, "%llu.%02llu", static_cast<unsigned long long>(hundredths / 100),
                static_cast<unsigned long long>(hundredths % 100));
  return text;
}

}  // namespace

std::vector<Input> Workload::make(std::size_t count) {
  const std::size_t people = random_.between<std::size_t>(1, 5);
  for (std::size_t i = 0; i < people; ++i) {
    subscribers_.push_back(std::to_string(79'000'000'000 + random_.below<int64_t>(1'000'000'000)));
  }
  if (!random_.chance(200)) send_catalog();
  while (made_.size() < count) {
    const int draw = random_.below(1'000);
    if (draw < 40) {
      send_catalog();
    } else if (draw < 120) {
      send_rubbish();
    } else {
      send_event();
    }
  }
  return std::exchange(made_, {});
}

Timestamp Workload::time() {
  if (random_.chance(15)) {
    constexpr std::array<int64_t, 4> far{0, 946'684'799'999'999, 4'000'000'000'000'000,
                                         start_micros + 24 * hour_micros};
    return {random_.pick(far)};
  }
  if (random_.chance(900)) return {start_micros + static_cast<int64_t>(made_.size()) * 1'000'000};
  return {start_micros - 30 * hour_micros + random_.below<int64_t>(50 * hour_micros)};
}

Uuid Workload::fresh_id() {
  Uuid id;
  uint64_t number = ++ids_;
  for (std::size_t i = 16; i > 8; --i, number >>= 8) id.bytes[i - 1] = static_cast<uint8_t>(number);
  id.bytes[0] = static_cast<uint8_t>(random_.next());
  return id;
}

EventBody Workload::usage_body(bool traffic) {
  std::optional<std::string_view> session;
  std::optional<bool> final;
  std::optional<std::string_view> zone;
  if (random_.coin()) session = name_of({"s1", "s2", "s3", "s4"});
  if (random_.chance(250)) final = random_.chance(800);
  if (random_.chance(200)) zone = name_of({"roaming", "home", "moon"});
  const uint64_t amount =
      random_.chance(30) ? random_.below(uint64_t{2}) << random_.between(1, 60) : random_.below(9'000U);
  if (!traffic)
    return ServiceUsed{name_of({"locator", "radio", "radio", "nothing"}), amount % 70, session, final, zone};
  std::optional<uint32_t> group;
  if (random_.chance(200)) group = random_.below(3U);
  return TrafficUsed{amount, random_.below(uint64_t{3'000}), session, final, zone, group};
}

EventBody Workload::body(std::size_t type) {
  switch (type) {
    case 0:
      return AssistantActivated{};
    case 1:
      return AssistantDeactivated{};
    case 2:
      return PasswordSet{random_.coin() ? PasswordMethod::issued : PasswordMethod::chosen,
                         keep("scrypt$" + std::to_string(random_.below(1'000)))};
    case 3: {
      LoginAttempted login{random_.chance(700) ? LoginOutcome::wrong : LoginOutcome::correct, {}};
      if (!sent_.empty() && random_.chance(150)) login.password_id = random_.pick(sent_).id;
      return login;
    }
    case 4:
      return OptionConnected{name_of({"locator", "music", "films", "nothing"})};
    case 5:
      return OptionDisconnected{name_of({"locator", "music", "films", "nothing"})};
    case 6:
      return TariffSwitched{name_of({"classic", "smart", "smart", "classic", "nothing"})};
    case traffic_type:
    case 8:
      return usage_body(type == traffic_type);
    case 9: {
      BonusGranted bonus{};
      const int draw = random_.below(20);
      if (draw > 10 || draw == 0) bonus.money = Money{random_.below<int64_t>(5'000'000)};
      if (draw <= 10) bonus.bytes = random_.below(uint64_t{6'000});
      if (random_.coin()) bonus.expires_at = time();
      bonus.reason = "gift";
      return bonus;
    }
    case 10:
      return PaymentReceived{
          Money{random_.chance(30) ? INT64_MAX : random_.between<int64_t>(-1, 30) * 1'000'000}, "till"};
    case 11: {
      if (sent_.empty()) return ChargeReversed{fresh_id(), "nobody's"};
      const Event& target = random_.pick(sent_);
      return ChargeReversed{charge_id_of(target.subscriber, target.id), "complaint"};
    }
    default:
      return SubscriberClosed{};
  }
}

Event Workload::new_event() {
  Event event;
  event.id = fresh_id();
  event.subscriber = keep(random_.pick(subscribers_));
  event.occurred_at = time();
  event.channel = static_cast<Channel>(random_.between(1, 5));
  std::size_t type = random_.below(type_count + 8);
  if (type >= type_count) type = type % 2 == 0 ? traffic_type : 3;
  if (type == 1 && random_.chance(700)) type = 0;
  if (type == type_count - 1 && !random_.chance(150)) type = 3;  // closings are rare
  event.body = body(type);
  if (std::holds_alternative<ChargeReversed>(event.body) && !sent_.empty() && random_.chance(900)) {
    const Event& target = random_.pick(sent_);
    event.subscriber = target.subscriber;
    event.body = ChargeReversed{charge_id_of(target.subscriber, target.id), "complaint"};
  }
  return event;
}

void Workload::send_event() {
  const int draw = random_.below(100);
  Event event;
  if (draw < 8 && !sent_.empty()) {
    event = random_.pick(sent_);
  } else {
    event = new_event();
    if (draw < 11 && !sent_.empty())
      std::tie(event.id, event.subscriber) = std::pair(sent_.front().id, sent_.front().subscriber);
  }
  if (random_.chance(8)) event.subscriber = name_of({"0123456789", "12345", "+79161234567"});
  int32_t partition = partition_of(event.subscriber, partitions_);
  if (random_.chance(8)) partition = random_.below(partitions_);
  send(event, partition);
  if (sent_.size() >= sent_max) sent_.pop_front();
  sent_.push_back(event);
}

void Workload::send(const Event& event, int32_t partition) {
  Encoder encoder;
  Input& input = made_.emplace_back();
  input.partition = partition;
  input.key = std::string(event.subscriber.empty() ? catalog_key : event.subscriber);
  if (random_.chance(8)) input.key = "7";
  input.value = std::string(encoder.encode(event));
  if (random_.chance(100)) input.headers = {{"ce_type", "x"}, {"empty", std::nullopt}};
}

void Workload::send_rubbish() {
  Input& input = made_.emplace_back();
  input.partition = random_.below(partitions_);
  input.key = random_.pick(subscribers_);
  switch (random_.below(5)) {
    case 0:
      if (random_.coin()) input.key.reset();
      break;
    case 1:
      input.value = random_.chance(30) ? std::string(value_size_max + 1, 'x') : std::string();
      break;
    case 2:
      input.value = "rubbish";
      break;
    default: {
      Encoder encoder;
      const Event event = new_event();
      std::string bytes(encoder.encode(event));
      if (random_.coin()) {
        bytes.resize(random_.below(bytes.size()));
      } else {
        random_.pick(bytes) = static_cast<char>(random_.next());
      }
      input.value = std::move(bytes);
    }
  }
  if (random_.coin()) input.headers = {{"trace", "7"}};
}

std::string Workload::rule_text(const std::string& rule, const std::string& when) {
  constexpr std::array scopes{"event", "session", "day", "month"};
  std::string text = R"({"rule":")" + rule + R"(",)" + when + R"("scope":")" + random_.pick(scopes) + '"';
  if (random_.chance(200)) text += R"(,"connect_fee":")" + decimal(random_.below(50U)) + '"';
  if (random_.chance(200)) text += R"(,"max_charge":")" + decimal(random_.below(2'000U)) + '"';
  if (random_.chance(300)) text += R"(,"rounding":{"mode":"half_even","decimals":3})";
  text += R"(,"tiers":[{"from":0,"price":")" + decimal(random_.below(300U)) +
          R"(","unit":1000,"increment":)" + std::to_string(random_.between(1, 1'500)) + '}';
  if (random_.coin()) text += R"(,{"from":2000,"price":"0.30","unit":700,"increment":100})";
  return text + "]}";
}

std::string Workload::rules_text(bool traffic) {
  std::string text = "[";
  if (random_.chance(300)) text += rule_text("far", R"("when":{"zone":"roaming"},)") + ',';
  if (random_.chance(300)) text += rule_text("night", R"("when":{"hours":[0,8]},)") + ',';
  if (traffic && random_.chance(100)) return text + rule_text("one", R"("when":{"rating_group":1},)") + ']';
  return text + rule_text("rest", "") + ']';
}

std::string Workload::catalog_text(const std::string& version) {
  const std::string currency = random_.chance(60) ? "EUR" : "RUB";
  std::string text = R"({"version":")" + version + R"(","effective_from":"2014-10-)" +
                     std::to_string(random_.between(28, 31)) + R"(T0)" + std::to_string(random_.below(10)) +
                     R"(:00:00Z","currency":")" + currency + '"';
  text += R"(,"time_zone":"Europe/Moscow","default_tariff":"classic","lockout_threshold":)" +
          std::to_string(random_.between(1, 4));
  text += R"(,"tariffs":{"classic":{"switch_fee":"1.00","free_after_days":1,"traffic":)" + rules_text(true);
  text += R"(,"options":{"music":{"connect_fee":"0.70","disconnect_fee":"0.10"}}})";
  if (random_.chance(900)) text += R"(,"smart":{"switch_fee":"3.00","traffic":)" + rules_text(true) + '}';
  text += R"(},"options":{"locator":{"connect_fee":"3.00","disconnect_fee":"0.50"},"music":{},)"
          R"("films":{"connect_fee":"2","excludes":["music"]}},"services":{"locator":)"
          R"({"requires":"locator","rates":)";
  return text + rules_text(false) + R"(},"radio":{"rates":)" + rules_text(false) + "}}}";
}

/// To every partition, as a publisher does; now and then to some only, as one that dies on its way.
void Workload::send_catalog() {
  std::string text;
  if (!catalogs_.empty() && random_.chance(300)) {
    text = random_.pick(catalogs_);
  } else {
    text = catalog_text("v" + std::to_string(random_.chance(100) ? 1 : catalogs_.size()));
    if (random_.chance(100)) text.resize(text.size() - 2);
  }
  catalogs_.push_back(text);
  Event event;
  event.id = fresh_id();
  event.occurred_at = Timestamp{start_micros};
  event.channel = Channel::operator_desk;
  event.body = CatalogPublished{text};
  const bool everywhere = !random_.chance(100);
  for (int32_t p = 0; p < partitions_; ++p) {
    if (everywhere || random_.coin()) send(event, p);
  }
}

}  // namespace subledger::simulation
