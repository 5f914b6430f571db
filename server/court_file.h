// The file for the court: what of it is missing, and the whole of it as numbered pieces for the lawyer or the
// bailiff. Agents' own words are left out unless they are asked for. Nothing in it depends on the day on which it is
// made: as long as nothing changes on the case, the bundle is the same, byte for byte.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/sql.h"
#include "rules/civil_date.h"

namespace relance::server {

/// One thing that the file needs.
struct FileNeed {
  std::string code;  // evidence, ledger, formal_notice, proof_of_delivery, identity, address, limitation ...
  bool is_there = false;
  std::string detail;  // what there is, or what to do
};
[[nodiscard]] std::vector<FileNeed> court_file_needs(sql::Connection& db, const Id& case_id, CivilDate today);

struct BundlePiece {
  std::string name;   // of the file: 03-facture-F12.pdf
  std::string title;  // in the index
  std::string on;     // ISO date, or empty
  std::string content;
};

struct Bundle {
  std::string case_number;
  std::vector<BundlePiece> pieces;   // the index first, then as numbered
  std::vector<std::string> missing;  // titles of letters and documents whose bytes the office has not got
};

/// REQUIRES: a transaction is open; the case is there.
[[nodiscard]] Bundle court_bundle(sql::Connection& db, const Id& case_id, bool with_notes);

/// The pieces as a ZIP archive: the same pieces, the same bytes.
[[nodiscard]] std::string bundle_zip(const Bundle& bundle);

/// As a ZIP where the name ends in .zip, else as files in a new folder. Failure{exists} for a folder that is not
/// empty.
void write_bundle(const Bundle& bundle, const std::filesystem::path& out);

}  // namespace relance::server
