// What a folder of tests/data/golden holds: an office, replicas in every state that matters, and what was said
// between them, as one version of the programs wrote it. Never written again for a version that is out.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "server/api.h"
#include "tests/support/world.h"

namespace relance::test {

/// Of the replica that is kept encrypted. Public: it guards invented people.
inline constexpr std::string_view kGoldenKey = "relance golden test key, public!";

struct Golden {
  /// What became of an edit that was unsettled when the replica was put away.
  struct Fate {
    std::int64_t n = 0;
    std::string status, reason;
  };
  struct KeptReplica {
    std::string name;  // of its file
    bool is_keyed = false;
    std::vector<Fate> fates;
  };
  struct Exchange {
    Ms at = 0;
    std::optional<Id> device;  // by its certificate; none at enrolment
    std::string path, request;
    int status = 0;
    std::string answer;
  };

  int version = 0;
  Ms now = 0;  // when everything was put away
  std::string ca_certificate, ca_key;
  std::vector<KeptReplica> replicas;  // in the order in which they sync
  std::vector<Exchange> dialogue;     // from then on
};

inline constexpr std::string_view kGoldenOffice = "office.db";

void write_golden(const std::filesystem::path& folder, const Golden& golden);
[[nodiscard]] Golden read_golden(const std::filesystem::path& folder);

/// A database as a file of the folder, and back. `key`: of the database.
void pack(sql::Connection& db, const std::filesystem::path& folder, std::string_view name,
          const std::optional<std::string>& key = {});
std::filesystem::path unpack(const std::filesystem::path& folder, std::string_view name,
                             const std::filesystem::path& into);

/// The office behind its HTTPS routes, without HTTPS.
class ApiOffice {
 public:
  ApiOffice(TestOffice& office, const Clock& clock, const Golden& golden);
  [[nodiscard]] client::WireAnswer ask(const std::optional<Id>& device, const std::string& path,
                                       const std::string& body);

 private:
  server::DirectCommitter committer_;
  server::DirectReader reader_;
  server::Api api_;
};

}  // namespace relance::test
