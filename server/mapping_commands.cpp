// import mapping: which column of a creditor's CSV files is what.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "server/import_mappings.h"

namespace relance::server {
namespace {

namespace json = boost::json;

struct SaveOptions {
  std::string name, creditor, as, separator, encoding = "auto", dates = "auto";
  std::vector<std::string> columns;
  int skip_lines = 0;
  bool no_header = false;
};

char separator_of(const std::string& text) {
  if (text.empty()) return '\0';
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() == 1 && std::string_view(";,|\t").find(text.front()) != std::string_view::npos)
    return text.front();
  throw Failure(Code::usage, "The separator is one of ; , | and tab.");
}

CsvMapping mapping_of(const SaveOptions& options) {
  CsvMapping out;
  for (const std::string& column : options.columns) {
    const std::size_t equals = column.find('=');
    const auto field = csv_field_of(std::string_view(column).substr(0, equals));
    if (!field || equals == std::string::npos)
      throw Failure(Code::usage, "A column is given as FIELD=TITLE; see --help for the fields.");
    out.columns[*field] = column.substr(equals + 1);
  }
  out.separator = separator_of(options.separator);
  out.encoding = encoding_of(options.encoding);
  out.dates = dates_of(options.dates);
  out.skip_lines = options.skip_lines;
  out.has_header = !options.no_header;
  return out;
}

void add_save(CLI::App& mapping, CommandContext& context) {
  auto* command = mapping.add_subcommand("save", "Keep a mapping under a name, or replace it");
  auto options = std::make_shared<SaveOptions>();
  command->add_option("name", options->name, "What the office calls it")->required();
  command->add_option("--creditor", options->creditor, "Whose files, by exact name")->required();
  command
      ->add_option("--column", options->columns,
                   "FIELD=TITLE, or FIELD=#3 for the third column (may be repeated)")
      ->required();
  command->add_option("--separator", options->separator, "; , | or tab (else found out)");
  command->add_option("--encoding", options->encoding,
                      "auto, utf8, cp1252 (Windows) or latin9 (ISO 8859-15)");
  command->add_option("--dates", options->dates, "auto, dmy (31/12/2026) or iso (2026-12-31)");
  command->add_option("--skip", options->skip_lines, "Lines before the header (titles of a report)");
  command->add_flag("--no-header", options->no_header, "The file has no header line: columns are places");
  command->add_option("--as", options->as, "In whose name (role office)");
  command->footer(
      "Fields: piece (needed), debtor_ref or debtor_name, amount (or debit and credit), issued_on or due_on; "
      "and label, "
      "siren, siret, address, postcode, city, email, phone, currency, account.\n"
      "Example:\n"
      "  relance-server import mapping save sage --creditor 'Meunier SA' --column debtor_ref='Code client' "
      "\\\n"
      "    --column debtor_name=Nom --column piece='N° facture' --column issued_on=Date --column "
      "due_on=Échéance \\\n"
      "    --column amount=Solde --separator ';' --encoding cp1252");
  command->callback([&context, options] {
    const CsvMapping kept = mapping_of(*options);
    const Author author = context.author(options->as);
    context.commit(
        [&](Ledger& ledger) { save_mapping(ledger, author, options->creditor, options->name, kept); });
    if (context.json)
      print_json(json::object{{"name", options->name}, {"mapping", json::parse(mapping_json(kept))}});
    else
      print("Kept: " + printable(options->name) + ".\n");
  });
}

void add_list(CLI::App& mapping, CommandContext& context) {
  auto* command = mapping.add_subcommand("list", "The mappings there are");
  auto creditor = std::make_shared<std::string>();
  command->add_option("--creditor", *creditor, "Only this creditor's");
  command->footer("Example:\n  relance-server import mapping list --creditor 'Meunier SA'");
  command->callback([&context, creditor] {
    json::array all;
    TextTable table({{"creditor"}, {"mapping"}});
    sql::Query q(context.reading(),
                 "SELECT c.name, m.name FROM import_mapping m JOIN creditor c ON c.id = m.creditor_id"
                 " WHERE ?1 = '' OR c.name = ?1 ORDER BY c.name, m.name",
                 *creditor);
    while (q.next()) {
      all.push_back(json::object{{"creditor", q.text(0)}, {"name", q.text(1)}});
      table.add({q.text(0), q.text(1)});
    }
    if (context.json) return print_json(json::object{{"mappings", std::move(all)}});
    print(table.empty() ? "No mapping is kept.\n" : table.text());
  });
}

void add_show(CLI::App& mapping, CommandContext& context) {
  auto* command = mapping.add_subcommand("show", "Which column is what in one of them");
  struct Options {
    std::string name, creditor;
  };
  auto options = std::make_shared<Options>();
  command->add_option("name", options->name, "Its name")->required();
  command->add_option("--creditor", options->creditor, "Whose files, by exact name")->required();
  command->footer("Example:\n  relance-server import mapping show sage --creditor 'Meunier SA'");
  command->callback([&context, options] {
    const CsvMapping kept = mapping_for(context.reading(), options->creditor, options->name);
    if (context.json)
      return print_json(json::object{{"name", options->name}, {"mapping", json::parse(mapping_json(kept))}});
    TextTable table({{"field"}, {"column"}});
    for (const auto& [field, title] : kept.columns) table.add({std::string(name_of(field)), title});
    table.add({"separator", kept.separator == '\0'   ? "found out"
                            : kept.separator == '\t' ? "tab"
                                                     : std::string(1, kept.separator)});
    table.add({"encoding", std::string(word_of(kept.encoding))});
    table.add({"dates", std::string(word_of(kept.dates))});
    table.add({"lines before the header", kept.has_header ? std::to_string(kept.skip_lines) : "no header"});
    print(table.text());
  });
}

}  // namespace

void add_mapping_commands(CLI::App& import, CommandContext& context) {
  auto* mapping = import.add_subcommand("mapping", "Which column of a creditor's CSV files is what");
  mapping->require_subcommand(1);
  add_save(*mapping, context);
  add_list(*mapping, context);
  add_show(*mapping, context);
}

}  // namespace relance::server
