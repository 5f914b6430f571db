// A large ledger taken in: the import beside a program that only reads every line and inserts what it keeps.
#include <fmt/format.h>

#include <fstream>

#include "host/files.h"
#include "server/database.h"
#include "server/fec_import.h"
#include "tests/bench/figures.h"
#include "tests/bench/floors.h"

namespace relance::bench {
namespace {

constexpr double kTimesFloor = 2;  // half the floor's rate
constexpr std::int64_t kLinesOfPair = 5;
constexpr std::int64_t kPairsOfDebtor = 40;
constexpr std::int64_t kLongRun = 300'000;  // from here on one round

std::string euros(std::int64_t cents) { return fmt::format("{},{:02}", cents / 100, cents % 100); }

/// A year of a trader: an invoice (customer, sales, VAT) and its payment (bank, customer) each, of which every fifth
/// has not come. Always the same.
void write_ledger(const std::filesystem::path& path, std::int64_t lines) {
  std::ofstream out(path, std::ios::binary);
  out << "JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAuxNum\tCompAuxLib\t"
         "PieceRef\tPieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\tValidDate\tMontantdevise\tId"
         "evise"
         "\r\n";
  std::int64_t number = 0, written = 0;
  const auto put = [&](std::string_view journal, std::string_view day, std::string_view account,
                       std::string_view aux, std::string_view piece, std::int64_t cents,
                       std::string_view letter) {
    ++written;
    const std::string amount = euros(cents < 0 ? -cents : cents);
    out << fmt::format(
        "{}\tJournal {}\t{}\t{}\t{}\tCompte {}\t{}\t{}\t{}\t{}\tOpération {}\t{}\t{}\t{}\t\t20261231"
        "\t\t\r\n",
        journal, journal, number, day, account, account, aux,
        aux.empty() ? std::string() : fmt::format("Société {} SARL", aux), piece, day, piece,
        cents > 0 ? amount : "0,00", cents < 0 ? amount : "0,00", letter);
  };
  for (std::int64_t pair = 0; written + kLinesOfPair <= lines; ++pair) {
    const std::string aux = fmt::format("C{:06}", pair / kPairsOfDebtor);
    const std::string piece = fmt::format("F{:07}", pair);
    const std::string day = fmt::format("2026{:02}{:02}", pair % 11 + 1, pair % 28 + 1);
    const std::string paid_on = fmt::format("2026{:02}{:02}", pair % 11 + 2, pair % 28 + 1);
    const bool is_paid = pair % 5 != 0;
    const std::string letter = is_paid ? fmt::format("L{}", pair % kPairsOfDebtor) : std::string();
    const std::int64_t cents = 12'000 + pair % 977 * 60, net = cents * 5 / 6;
    ++number;
    put("VE", day, "411000", aux, piece, cents, letter);
    put("VE", day, "706000", "", piece, -net, "");
    put("VE", day, "445710", "", piece, net - cents, "");
    ++number;
    put("BQ", paid_on, "512000", "", "R" + piece, is_paid ? cents : 1, "");
    put("BQ", paid_on, is_paid ? "411000" : "758000", is_paid ? aux : "", "R" + piece, is_paid ? -cents : -1,
        letter);
  }
}

}  // namespace

void measure_fec(Report& report, const std::filesystem::path& directory, std::int64_t lines) {
  const auto file = directory / "ledger.txt";
  write_ledger(file, lines);
  BenchOffice office(directory / "fec", {1}, 23);
  const SystemClock clock;
  SystemRandom random;
  std::vector<double> imports, floors, import_cpu, floor_cpu;
  for (int round = 0; round < (lines >= kLongRun ? 1 : 3); ++round) {
    FloorRows written;
    {
      const auto db = office.copy();
      const double cpu = cpu_ms();
      floors.push_back(timed_ms([&] { written = insert_ledger(*db, file); }));
      floor_cpu.push_back(cpu_ms() - cpu);
    }
    const auto db = office.copy();
    server::Ledger ledger(*db, clock, random);
    server::DirectCommitter committer(ledger);
    server::FecImportOptions options{.creditor = "Grand livre SA"};
    options.author = {
        .staff_id = server::system_staff(*db), .role = schema::office, .device_id = ledger.office_device()};
    options.today = "2026-12-31";
    server::FecImportReport made;
    const double cpu = cpu_ms();
    imports.push_back(
        timed_ms([&] { made = server::import_fec(committer, server::read_fec_source(file, {}), options); }));
    import_cpu.push_back(cpu_ms() - cpu);
    say(fmt::format("  {} lines: {} entries, {} claims, {} debtors; the floor {}, {}, {}", made.lines_read,
                    made.entries_added, made.claims_added, made.debtors_added, written.entries,
                    written.claims, written.debtors));
  }
  const std::string name = fmt::format("fec_import_{}", lines);
  report.compare(name, "ms", median(imports), median(floors), kTimesFloor);
  report.compare(name + "_cpu", "ms", median(import_cpu), median(floor_cpu), kTimesFloor);
}

}  // namespace relance::bench
