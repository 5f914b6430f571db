#include "server/api.h"

#include "host/compress.h"
#include "host/digest.h"
#include "host/failure.h"
#include "sync/limits.h"

namespace relance::server {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kProblem = "application/problem+json";
constexpr std::string_view kText = "text/plain; charset=utf-8";

constexpr std::size_t kStrangerExpandedBytesMax = 64 * 1024;  // as uncompressed: an enrolment is under 2 KiB
constexpr std::size_t kOrdinaryExpandedBytesMax = 4 * 1024 * 1024;  // twice what a device pushes at once

ServiceAnswer method_not_allowed() {
  ServiceAnswer answer = problem(Code::bad_request, "this address is asked in another way (GET or POST)");
  answer.status = 405;
  return answer;
}

std::string member_text(const boost::json::object& from, std::string_view name) {
  return std::string(sync::text_member(from, name).value_or(""));
}

}  // namespace

class Api::OneRequest {
 public:
  OneRequest(Api& api, const Id& device) : api_(api), device_(device) {
    const std::lock_guard lock(api_.mutex_);
    entered_ = api_.asking_.insert(device).second;
  }
  OneRequest(const OneRequest&) = delete;
  OneRequest& operator=(const OneRequest&) = delete;
  ~OneRequest() {
    const std::lock_guard lock(api_.mutex_);
    if (entered_) api_.asking_.erase(device_);
  }
  [[nodiscard]] bool entered() const { return entered_; }

 private:
  Api& api_;
  const Id device_;
  bool entered_ = false;
};

Api::Api(SyncService& service, Committer& committer, Readers& readers, CertificateWithKey ca,
         const Clock& clock, SealService* seals)
    : service_(service),
      committer_(committer),
      readers_(readers),
      ca_(std::move(ca)),
      clock_(clock),
      seals_(seals) {}

Api::Counts Api::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

HttpAnswer Api::handle(const HttpRequest& request) {
  ServiceAnswer answer;
  try {
    answer = take(request);
  } catch (const Failure& failure) {
    // The one place where a failure of the world becomes an answer.
    const bool own_fault = facts_of(failure.code()).http_status >= 500;
    answer = problem(failure.code(), own_fault ? std::string_view{} : std::string_view(failure.message()));
    if (failure.code() == Code::busy || failure.code() == Code::io || failure.code() == Code::disk_full) {
      answer = problem(Code::overload);  // nobody has anything of it: the device keeps all and comes back
    }
    const std::lock_guard lock(mutex_);
    ++counts_.failed;
  }
  if (answer.status >= 400) {
    const std::lock_guard lock(mutex_);
    ++counts_.refused;
  }
  HttpAnswer out{.status = answer.status,
                 .content_type = std::string(answer.status >= 400 ? kProblem : kJson),
                 .retry_after_s = answer.retry_after_s};
  if (request.path == "/metrics" && answer.status == 200) out.content_type = kText;
  if (answer.body.size() > sync::kCompressAbove) {
    out.body = compress(answer.body);
    out.content_encoding = "zstd";
  } else {
    out.body = std::move(answer.body);
  }
  return out;
}

// A device has one request in hand at a time, and a large body is alone: whoever is enrolled and means ill holds one
// worker and some hundred megabytes, not all of them.
ServiceAnswer Api::take(const HttpRequest& request) {
  auto device = request.peer.has_certificate ? device_of_uri(request.peer.uri_san) : std::nullopt;
  if (request.peer.has_certificate && !device) device = device_of_delivery_uri(request.peer.uri_san);
  std::optional<OneRequest> one;
  if (device && request.method == "POST") {
    one.emplace(*this, *device);
    if (!one->entered()) return problem(Code::busy);
  }
  if (request.content_encoding.empty() || request.content_encoding == "identity")
    return route(request, request.body);
  if (request.content_encoding != "zstd")
    throw Failure(Code::bad_request,
                  "The body is compressed in a way this server does not read; zstd or nothing.");
  std::unique_lock large(large_body_, std::defer_lock);
  const std::string expanded = expand_body(request, large);
  return route(request, expanded);
}

// A few kilobytes expand to 64 MiB, and those to ten times as much of JSON in memory: strangers may not at all, and of
// those who may there is one at a time.
std::string Api::expand_body(const HttpRequest& request, std::unique_lock<std::mutex>& large) {
  const bool is_stranger = !request.peer.has_certificate || request.peer.expired;
  try {
    return expand(request.body, is_stranger ? kStrangerExpandedBytesMax : kOrdinaryExpandedBytesMax);
  } catch (const Failure& failure) {
    if (is_stranger || failure.code() != Code::too_large) throw;
  }
  if (!large.try_lock()) throw Failure(Code::overload, std::string(facts_of(Code::overload).sentence));
  return expand(request.body, sync::kExpandedBytesMax);
}

ServiceAnswer Api::route(const HttpRequest& request, std::string_view body) {
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  const std::string_view path = request.path;
  if (path == "/healthz") return get ? health() : method_not_allowed();
  if (path == "/v1/time") return get ? service_.time() : method_not_allowed();
  if (path == "/metrics") return get ? metrics(request.peer) : method_not_allowed();
  if (path == "/v1/enrol") return post ? enrol(body) : method_not_allowed();
  if (seals_ != nullptr && (path == "/v1/seal" || path == "/v1/recover" || path == "/v1/sealed"))
    return route_seals(request, body);

  const auto device = request.peer.has_certificate ? device_of_uri(request.peer.uri_san) : std::nullopt;
  const bool known_path = path == "/v1/sync" || path == "/v1/device" || path == "/v1/verify" ||
                          path == "/v1/rescue" || path == "/v1/file" || path == "/v1/wiped" ||
                          path == "/v1/renew";
  if (!known_path) return problem(Code::not_found);
  if (!device) return problem(Code::unauthorised);
  if (path == "/v1/renew") return post ? renew(*device, body) : method_not_allowed();
  if (request.peer.expired) return problem(Code::unauthorised, "the certificate has expired: renew it first");
  if (path == "/v1/device") return get ? service_.device(*device) : method_not_allowed();
  if (!post) return method_not_allowed();
  if (path == "/v1/verify") return service_.verify(*device, body);
  if (path == "/v1/file") return service_.file(*device, body);
  if (path == "/v1/rescue") return service_.rescue(*device, body);
  if (path == "/v1/wiped") return service_.wiped(*device);
  {
    const std::lock_guard lock(mutex_);
    ++counts_.syncs;
  }
  return service_.sync(*device, body);
}

ServiceAnswer Api::route_seals(const HttpRequest& request, std::string_view body) {
  const bool get = request.method == "GET", post = request.method == "POST";
  if (request.path == "/v1/recover") return post ? seals_->recover(body) : method_not_allowed();
  const bool is_seal = request.path == "/v1/seal";
  const std::string_view uri = request.peer.has_certificate ? request.peer.uri_san : std::string_view{};
  const auto device = is_seal ? device_of_uri(uri) : device_of_delivery_uri(uri);
  if (!device) return problem(Code::unauthorised);
  if (request.peer.expired) return problem(Code::unauthorised, "the certificate has expired: renew it first");
  if (is_seal && get) return seals_->certificate(*device);
  if (!post) return method_not_allowed();
  return is_seal ? seals_->seal(*device, body) : seals_->deliver(*device, body);
}

ServiceAnswer Api::enrol(std::string_view body) {
  const auto parsed = sync::parse_json(body);
  const auto* from = parsed ? parsed->if_object() : nullptr;
  const auto secret = from == nullptr ? std::nullopt : unhex(member_text(*from, "secret"));
  bool is_known = secret && secret->size() == InviteSecret{}.size();
  if (is_known) readers_.read([&](sql::Connection& db) { is_known = is_invited(db, *secret, clock_.now()); });
  // As from enrol_device, to the byte: what is unknown, over or used up looks the same.
  if (!is_known) return problem(Code::code_refused, facts_of(Code::code_refused).sentence);
  Enrolled enrolled;
  Id epoch;
  std::string organisation;
  committer_.commit([&](Ledger& ledger) {
    enrolled = enrol_device(ledger, ca_, *secret, member_text(*from, "csr"), member_text(*from, "name"));
    epoch = ledger.epoch();
    organisation = sql::get_meta(ledger.db(), "organisation").value_or("");
  });
  std::string out = "{\"device_id\":";
  sync::append_json(out, enrolled.device_id);
  out += ",\"staff_id\":";
  sync::append_json(out, enrolled.staff_id);
  out += ",\"epoch\":";
  sync::append_json(out, epoch);
  for (const auto& [name, text] : {std::pair<const char*, std::string_view>{"role", enrolled.role},
                                   {"user", enrolled.user},
                                   {"organisation", organisation},
                                   {"certificate", enrolled.certificate_pem},
                                   {"ca", ca_.certificate_pem}}) {
    out += std::string(",\"") + name + "\":";
    sync::append_json(out, text);
  }
  return {.status = 200, .body = out + "}"};
}

ServiceAnswer Api::renew(const Id& device_id, std::string_view body) {
  std::optional<Device> device;
  readers_.read([&](sql::Connection& db) { device = find_device(db, device_id); });
  if (!device) return problem(Code::unauthorised);
  if (device->is_told_to_wipe()) return problem(Code::wiped, {}, ",\"wipe\":true");
  const auto parsed = sync::parse_json(body);
  const auto* from = parsed ? parsed->if_object() : nullptr;
  if (from == nullptr) return problem(Code::bad_request, "csr");
  const std::string certificate =
      sign_device_request(ca_, member_text(*from, "csr"), device_id, clock_.now());
  committer_.commit([&](Ledger& ledger) {
    keep_device_key(ledger, device_id, certificate);
    ledger.audit({.staff_id = device->staff_id, .role = device->role, .device_id = device_id}, "device.renew",
                 certificate);
  });
  std::string out = "{\"certificate\":";
  sync::append_json(out, std::string_view(certificate));
  return {.status = 200, .body = out + "}"};
}

ServiceAnswer Api::health() {
  readers_.read([](sql::Connection& db) { static_cast<void>(sql::get_meta(db, "epoch")); });
  return {.status = 200, .body = "{\"status\":\"ok\"}"};
}

// Counts for a monitor on the same machine; strangers are told nothing, not even that it exists.
ServiceAnswer Api::metrics(const Peer& peer) {
  if (!peer.address.starts_with("127.") && peer.address != "::1") return problem(Code::not_found);
  const Counts counts = this->counts();
  std::string out;
  const auto line = [&](const char* name, std::uint64_t n) {
    out +=
        std::string("# TYPE relance_") + name + " counter\nrelance_" + name + " " + std::to_string(n) + "\n";
  };
  line("syncs_total", counts.syncs);
  line("refused_total", counts.refused);
  line("failed_total", counts.failed);
  readers_.read([&](sql::Connection& db) {
    for (const auto& [name, text] :
         {std::pair<const char*, const char*>{"conflicts_open",
                                              "SELECT count(*) FROM conflict WHERE state = 'open'"},
          {"quarantine_kept", "SELECT count(*) FROM quarantine WHERE state = 'kept'"},
          {"devices_active", "SELECT count(*) FROM device WHERE state = 'active'"}})
      out += std::string("# TYPE relance_") + name + " gauge\nrelance_" + name + " " +
             std::to_string(sql::number(db, text).value_or(0)) + "\n";
  });
  return {.status = 200, .body = out};
}

}  // namespace relance::server
