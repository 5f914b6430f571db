// access: everything about one person, for that person (GDPR art. 15).
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/files.h"
#include "server/access_export.h"
#include "server/case_reads.h"
#include "server/rights_commands.h"

namespace relance::server {
namespace {

namespace json = boost::json;

constexpr std::size_t kListBytesMax = 16U << 20U;

// "table row column<TAB>value": the lines that a reviewer left in a-verifier.txt.
std::set<std::string> withheld_in(const std::string& file) {
  std::set<std::string> out;
  if (file.empty()) return out;
  const std::string text = read_file(file, kListBytesMax);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (!line.empty() && line.front() != '#') out.insert(line.substr(0, line.find('\t')));
    at = end + 1;
  }
  return out;
}

// A line that names nothing would leave something in that the reviewer meant to take out.
void require_known(const AccessExport& all, const std::string& file) {
  std::set<std::string> known;
  for (const ForReview& one : all.review) known.insert(name_of(one));
  for (const std::string& one : all.withheld)
    if (!known.contains(one))
      throw Failure(Code::bad_file,
                    "The file `" + file +
                        "` has a line that names no value for review; use lines of a-verifier.txt as "
                        "they are. Nothing was written.");
}

}  // namespace

void add_access_command(CLI::App& app, CommandContext& context) {
  struct Options {
    std::string person, out, withhold, as;
    bool is_reviewed = false;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("access", "All that is held about a person: JSON, a readable PDF, and the files");
  command->add_option("person", options->person, "A case by its number, or a debtor by id")->required();
  command->add_option("--out", options->out, "A new folder, or a name that ends in .zip")->required();
  command->add_option("--withhold", options->withhold,
                      "Lines of a-verifier.txt: values that are others' (art. 15(4))");
  command->add_flag("--reviewed", options->is_reviewed,
                    "A person has read what may be about others: no draft any more");
  command->add_option("--as", options->as, "In whose name")->required();
  command->footer(
      "Examples:\n  relance-server access D-000017 --out durand-projet --as olga\n"
      "  relance-server access D-000017 --out durand.zip --withhold durand-projet/a-verifier.txt --reviewed "
      "--as olga");
  command->callback([&context, options] {
    const Author author = context.author(options->as);
    const PersonNamed person = person_named(context.reading(), options->person);
    AccessExport all;
    {
      const sql::Transaction snapshot(context.reading(), sql::Access::read);
      all = access_export(context.reading(), {.debtor_id = person.debtor_id,
                                              .made_on = today_of(context),
                                              .withheld = withheld_in(options->withhold),
                                              .is_reviewed = options->is_reviewed});
    }
    require_known(all, options->withhold);
    write_bundle(access_bundle(all), options->out);
    context.commit([&](Ledger& ledger) {
      Author by = author;
      by.device_id = ledger.office_device();
      ledger.concern(
          {.case_id = std::nullopt, .debtor_id = person.debtor_id});  // the entry's detail goes with him
      sql::Query cases(ledger.db(), "SELECT id FROM case_file WHERE debtor_id = ?1", person.debtor_id);
      while (cases.next()) note_read(ledger, by, "access", cases.id(0));
      ledger.audit(by, "person.access", person.debtor_id.text());
    });
    if (context.json)
      return print_json(json::object{{"out", options->out},
                                     {"files", all.files.size()},
                                     {"for_review", all.review.size()},
                                     {"reviewed", all.is_reviewed},
                                     {"withheld", all.withheld.size()},
                                     {"devices", reach_json(all.devices)}});
    print("Written to " + options->out + ".\n");
    if (!all.is_reviewed)
      print("A draft: " + std::to_string(all.review.size()) +
            " values may be about others; read a-verifier.txt, then --withhold and --reviewed.\n");
    for (const Reach& one : all.devices)
      if (!one.has_reached || one.pending > 0)
        print("Device " + one.device.text() + " of " + one.user + " may know more: " +
              (one.pending > 0 ? std::to_string(one.pending) + " edits that it has not sent"
                               : std::string("it has not been heard of since the last change")) +
              ". Ask for a sync before you answer.\n");
  });
}

}  // namespace relance::server
