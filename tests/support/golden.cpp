#include "tests/support/golden.h"

#include <boost/json.hpp>

#include "host/compress.h"
#include "host/files.h"
#include "host/sqlite.h"

namespace relance::test {
namespace {

namespace json = boost::json;

constexpr std::size_t kUnpackedMax = 16 * 1024 * 1024;  // of one file: a larger one is not golden but bulk
constexpr std::string_view kStory = "story.json";
constexpr int kCompressLevel = 19;

std::filesystem::path packed(const std::filesystem::path& folder, std::string_view name) {
  return folder / (std::string(name) + ".zst");
}

std::string text_of(const json::value& from, std::string_view name) {
  return std::string(from.at(name).as_string());
}

json::array fates_json(const std::vector<Golden::Fate>& fates) {
  json::array out;
  for (const Golden::Fate& one : fates) out.push_back(json::array{one.n, one.status, one.reason});
  return out;
}

}  // namespace

void write_golden(const std::filesystem::path& folder, const Golden& golden) {
  json::array replicas, dialogue;
  for (const Golden::KeptReplica& one : golden.replicas)
    replicas.push_back(
        json::object{{"name", one.name}, {"keyed", one.is_keyed}, {"fates", fates_json(one.fates)}});
  for (const Golden::Exchange& one : golden.dialogue)
    dialogue.push_back(json::object{{"at", one.at},
                                    {"device", one.device ? one.device->text() : ""},
                                    {"path", one.path},
                                    {"request", one.request},
                                    {"status", one.status},
                                    {"answer", one.answer}});
  const json::object story{{"version", golden.version},
                           {"now", golden.now},
                           {"ca_certificate", golden.ca_certificate},
                           {"ca_key", golden.ca_key},
                           {"replicas", std::move(replicas)},
                           {"dialogue", std::move(dialogue)}};
  write_file_durably(packed(folder, kStory), compress(json::serialize(story), kCompressLevel), 0644);
}

Golden read_golden(const std::filesystem::path& folder) {
  const json::value story =
      json::parse(expand(read_file(packed(folder, kStory), kUnpackedMax), kUnpackedMax));
  Golden out{.version = story.at("version").to_number<int>(),
             .now = story.at("now").as_int64(),
             .ca_certificate = text_of(story, "ca_certificate"),
             .ca_key = text_of(story, "ca_key"),
             .replicas = {},
             .dialogue = {}};
  for (const json::value& one : story.at("replicas").as_array()) {
    Golden::KeptReplica& kept = out.replicas.emplace_back();
    kept.name = text_of(one, "name");
    kept.is_keyed = one.at("keyed").as_bool();
    for (const json::value& fate : one.at("fates").as_array())
      kept.fates.push_back(
          {fate.at(0).as_int64(), std::string(fate.at(1).as_string()), std::string(fate.at(2).as_string())});
  }
  for (const json::value& one : story.at("dialogue").as_array())
    out.dialogue.push_back({.at = one.at("at").as_int64(),
                            .device = Id::parse(text_of(one, "device")),
                            .path = text_of(one, "path"),
                            .request = text_of(one, "request"),
                            .status = one.at("status").to_number<int>(),
                            .answer = text_of(one, "answer")});
  return out;
}

void pack(sql::Connection& db, const std::filesystem::path& folder, std::string_view name,
          const std::optional<std::string>& key) {
  const std::filesystem::path copy = folder / name;
  sql::copy_sqlite(db, copy, key);
  write_file_durably(packed(folder, name), compress(read_file(copy, kUnpackedMax), kCompressLevel), 0644);
  std::filesystem::remove(copy);
}

std::filesystem::path unpack(const std::filesystem::path& folder, std::string_view name,
                             const std::filesystem::path& into) {
  const std::filesystem::path out = into / name;
  write_file_durably(out, expand(read_file(packed(folder, name), kUnpackedMax), kUnpackedMax), 0600);
  return out;
}

ApiOffice::ApiOffice(TestOffice& office, const Clock& clock, const Golden& golden)
    : committer_(office.ledger()),
      reader_(office.db()),
      api_(office.service(), committer_, reader_, {golden.ca_certificate, Secret(golden.ca_key)}, clock) {}

client::WireAnswer ApiOffice::ask(const std::optional<Id>& device, const std::string& path,
                                  const std::string& body) {
  HttpRequest request{.method = body.empty() ? "GET" : "POST", .path = path, .body = body};
  if (device) {
    request.peer.has_certificate = true;
    request.peer.uri_san = "urn:relance:device:" + device->text();
  }
  HttpAnswer answer = api_.handle(request);
  if (answer.content_encoding == "zstd") answer.body = expand(answer.body, kUnpackedMax);
  return {.status = answer.status, .body = answer.body};
}

}  // namespace relance::test
