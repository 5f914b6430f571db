// The fuzz targets over the inputs that the repository keeps: what libFuzzer once found stays found, in every build.
// The hidden test writes the first inputs anew, from a small office at work:
//   RELANCE_SEEDS=DIR build/dev/tests/unit_tests "[.seeds]"
#include <cstdlib>
#include <fstream>
#include <set>

#include "host/compress.h"
#include "host/enrolment_code.h"
#include "host/files.h"
#include "host/openssl.h"
#include "schema/version.h"
#include "server/office.h"
#include "server/pki.h"
#include "sync/verify.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/edits.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
namespace fs = std::filesystem;

namespace {

const fs::path kCorpus = fs::path(RELANCE_SOURCE_DIR) / "tests/fuzz/corpus";
constexpr std::size_t kInputBytesMax = 1024 * 1024;
constexpr std::uintmax_t kCorpusBytesMax = 2 * 1024 * 1024;  // it is cloned by everybody

std::vector<fs::path> inputs_of(std::string_view target) {
  std::vector<fs::path> out;
  const fs::path folder = kCorpus / target;
  if (!fs::is_directory(folder)) return out;
  for (const auto& file : fs::directory_iterator(folder)) out.push_back(file.path());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("every fuzz target passes over its corpus", "[fuzz]") {
  REQUIRE(!fuzz::targets().empty());
  for (const fuzz::Target& target : fuzz::targets()) {
    const std::vector<fs::path> inputs = inputs_of(target.name);
    INFO(target.name);
    CHECK(inputs.size() >= 3);
    for (const fs::path& input : inputs) {
      INFO(input.string());  // an assertion that fails ends the process: Catch then names the input
      const std::string bytes = read_file(input, kInputBytesMax);
      CHECK_NOTHROW(target.run(bytes));
    }
  }
}

TEST_CASE("the corpus is of the targets, and small", "[fuzz]") {
  std::set<std::string> names;
  for (const fuzz::Target& target : fuzz::targets()) names.emplace(target.name);
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kCorpus)) {
    if (entry.is_directory())
      CHECK(names.count(entry.path().filename().string()) == 1);
    else
      bytes += entry.file_size();
  }
  CHECK(bytes <= kCorpusBytesMax);
}

// ---- the first inputs ----------------------------------------------------------------------------------------------

namespace {

class Seeds {
 public:
  explicit Seeds(fs::path root) : root_(std::move(root)) {}

  void add(std::string_view target, std::string_view bytes) {
    fs::create_directories(root_ / target);
    std::ofstream out(root_ / target / ("seed-" + std::to_string(count_++)), std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

 private:
  fs::path root_;
  int count_ = 0;
};

// Devices at work: each of their requests and each answer is an input.
void add_exchanges(Seeds& seeds) {
  test::World world(7);
  const Id agent = world.office.add_staff("Ana", "agent");
  for (int i = 0; i < 3; ++i) world.office.assign(world.add_case().case_id, agent);
  const auto device = world.add_device(agent);
  test::Edits edits(device->db(), schema::Side::client, schema::agent, world.random, world.clock);
  edits.naughty = 20;
  static_cast<void>(device->sync());
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 2; ++i) {
      auto ops = edits.some();
      if (ops.empty()) continue;
      const std::string text = sync::encode_ops(ops);
      if (round % 3 == 0) seeds.add("stored_rows", text);
      static_cast<void>(device->replica().edit("test", std::move(ops)));
    }
    client::Session session(device->replica());
    while (const auto request = session.next()) {
      const client::WireAnswer answer = device->deliver(*request);
      if (round % 2 == 0 || round < 2) {
        seeds.add("sync_request", request->body);
        seeds.add("sync_answer", answer.body);
      }
      if (round == 3) seeds.add("compressed", compress(answer.body));
      session.take(answer);
    }
    world.clock.advance(3'600'000);
  }
  const std::string claim = device->replica().verify_body();
  seeds.add("sync_request", claim);
  const std::string other = sync::encode_verify_request(device->replica().identity().epoch, schema::kVersion,
                                                        sync::decode_verify_request(claim)->cursor, {});
  seeds.add("sync_answer", device->deliver({"/v1/verify", other}).body);
  seeds.add("sync_answer", device->deliver({"/v1/verify", "{}"}).body);
  for (int i = 0; i < 3; ++i)
    if (auto ops = edits.some(); !ops.empty())
      static_cast<void>(device->replica().edit("test", std::move(ops)));
  seeds.add("sync_request", device->replica().rescue_body());
  const schema::Table& table = schema::table("case_file");
  sql::Query rows(device->db(), "SELECT id FROM case_file");
  while (rows.next())
    if (const auto row = device->replica().row(table, rows.id(0)))
      seeds.add("stored_rows",
                std::string(1, static_cast<char>(row->size())) + sync::write_canonical_row(*row));
}

void add_heads(Seeds& seeds) {
  for (const std::string_view head :
       {"POST /v1/sync HTTP/1.1\r\nHost: office.example:8443\r\nContent-Type: "
        "application/json\r\nContent-Encoding: "
        "zstd\r\nContent-Length: 1234\r\n\r\n",
        "GET /v1/device HTTP/1.1\r\nHost: 192.0.2.7:8443\r\nConnection: keep-alive\r\n\r\n",
        "GET /healthz?x=%20y HTTP/1.1\r\nhost: localhost\r\nRange: bytes=0-1,5-6\r\nAccept-Encoding: "
        "br\r\n\r\nbody",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length:  7 \r\n\r\n",
        "GET /%0d%0aX: HTTP/1.1\r\nHost: a\r\nX:\tb%00\r\n\r\n", "PUT / HTTP/1.0\nHost: a\n\n"})
    seeds.add("http_head", head);
}

void add_texts(Seeds& seeds) {
  EnrolmentCode code{.host = "office.example", .port = 8443};
  for (const std::string& text :
       {std::string("i2026-11-21T09:14:07.120Z"), std::string("i1970-01-01T00:00:00Z"),
        std::string("d2024-02-29"), std::string("d20240229"), std::string("c1 234,56"), std::string("c-12.5"),
        std::string("c12,50-"), std::string("c92233720368547758,07"),
        std::string("u0190163d-8694-739b-aea5-966c26f8ad91"), std::string("aoffice.example:8443"),
        std::string("a[::1]:8443"), std::string("p192.0.2.7"), "e" + code.encode(),
        "t" + std::string("\x20\xfb") + std::string(16, 's') + "office.example",
        std::string("f\xc3\x89lo\xc3\xafse \xc5\x93uvre"), std::string("v\x03\x05yes"),
        std::string("\0\x04\x04"
                    "2026-11-21",
                    13)})
    seeds.add("texts", text);
  seeds.add("config", server::example_config());
  seeds.add("config", "listen = \"0.0.0.0:1\"\nworkers = 4\n[x]\ny = 1979-05-27T07:32:00Z\n");
  seeds.add("config", "cache_mib = 0x40\nmemory_mib = 1_024\n");
  seeds.add("config",
            R"({"format":1,"kdf":"scrypt","n":131072,"r":8,"p":1,"salt":"00112233","sealed":"aabbccdd"})");
}

std::string der_of(std::string_view pem) {
  std::string base64;
  for (std::size_t at = pem.find('\n') + 1; pem[at] != '-'; ++at)
    if (pem[at] != '\n') base64 += pem[at];
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (const char c : base64) {
    const auto place =
        std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").find(c);
    if (place == std::string_view::npos) break;
    bits = (bits << 6U) | static_cast<unsigned>(place);
    if ((held += 6) >= 8) out += static_cast<char>(bits >> (held -= 8));
  }
  return out;
}

void add_certificates(Seeds& seeds) {
  const Ms now = test::ManualClock().now();
  const CertificateWithKey ca = make_ca("Étude Test", now);
  const KeyAndRequest asked = make_key_and_request();
  const std::string device =
      sign_device_request(ca, asked.csr_pem, *Id::parse("0190163d-8694-739b-aea5-966c26f8ad91"), now);
  const std::string server =
      issue_server_certificate(ca, {"office.example", "192.0.2.7"}, now).certificate_pem;
  seeds.add("certificates", "r" + der_of(asked.csr_pem));
  seeds.add("certificates", "R" + asked.csr_pem);
  for (const std::string& pem : {ca.certificate_pem, device, server})
    seeds.add("certificates", "c" + der_of(pem));
  seeds.add("certificates", "C" + device + ca.certificate_pem);
  seeds.add("certificates",
            "k" + der_of(ca.key_pem.view()));  // a key that was made for this and lives nowhere else
}

void add_ledgers(Seeds& seeds) {
  for (const char* name : {"0000000001FEC20220831.txt", "000000000FEC20231231.txt"}) {
    const std::string file =
        read_file(fs::path(RELANCE_SOURCE_DIR) / "tests/data/fec" / name, 16 * kInputBytesMax);
    std::string head = file.substr(0, file.find('\n') + 1), lines;
    for (std::size_t at = head.size(); at < file.size() && lines.size() < 2500;) {
      const std::size_t end = file.find('\n', at) + 1;
      const std::string line = file.substr(at, end - at);
      if (line.find("\t41") != std::string::npos || lines.size() < 300) lines += line;
      at = end;
    }
    seeds.add("fec", head + lines);
    std::string piped = head + lines;
    for (char& c : piped) c = c == '\t' ? '|' : c;
    seeds.add("fec", "\xEF\xBB\xBF" + piped);
  }
  seeds.add(
      "fec",
      "JournalCode;JournalLib;EcritureNum;EcritureDate;CompteNum;CompteLib;CompAuxNum;CompAuxLib;PieceRef;"
      "PieceDate;EcritureLib;Montant;Sens;EcritureLet;DateLet;ValidDate;Montantdevise;Idevise\r"
      "VE;Ventes;1;20260102;411000;Clients;C1;\xC9lo\xEFse;F1;20260102;\"a;\"\"b\";120,00;D;A;20260131;;;\r"
      "VE;Ventes;1;20260102;706000;Ventes;;;F1;20260102;a;120,00;C;;;20260131;;\r");
  seeds.add("compressed", compress(std::string(1000, 'a')));
  seeds.add("compressed", compress(std::string(300'000, '\0')));
  seeds.add("compressed", compress(""));
}

// What these read is a plan of steps or of changes, not a form: any bytes are one.
void add_plans(Seeds& seeds) {
  test::SeededRandom random(3);
  for (const char* target : {"exchange", "replica_file", "backup_file"})
    for (const std::size_t size : {40U, 160U, 400U, 400U}) {
      std::string bytes(size, '\0');
      for (char& c : bytes) c = static_cast<char>(random.below(random.below(2) == 0 ? 256 : 8));
      seeds.add(target, bytes);
    }
  seeds.add("exchange", std::string("\0\7\0\2\0\0\0\0\0\0\0\0\1\7\0\1\0\0\0\0\2", 21));
}

}  // namespace

TEST_CASE("writes the first inputs of the fuzz targets", "[.seeds]") {
  const char* root = std::getenv("RELANCE_SEEDS");
  REQUIRE(root != nullptr);
  Seeds seeds(root);
  add_exchanges(seeds);
  add_heads(seeds);
  add_texts(seeds);
  add_certificates(seeds);
  add_ledgers(seeds);
  add_plans(seeds);
}
