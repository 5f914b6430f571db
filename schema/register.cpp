#include "schema/register.h"

#include "schema/lookup.h"
#include "schema/version.h"

namespace relance::schema {
namespace {

std::string writers_text(Writers writers) {
  std::string out;
  for (const Writers one : {agent, clerk, office, dpo, server}) {
    if (!may_write(one, writers)) continue;
    if (!out.empty()) out += ", ";
    out += name_of(one);
  }
  return out.empty() ? "-" : out;
}

std::string type_text(const Column& c) {
  std::string out{name_of(c.type)};
  if (!c.references.empty()) out += " of " + std::string(c.references);
  if (!c.words.empty()) {
    out += ": ";
    for (std::size_t i = 0; i < c.words.size(); ++i) out += (i == 0 ? "" : " < ") + std::string(c.words[i]);
  }
  return out;
}

std::string policy_text(const Column& c) {
  std::string out{name_of(c.merge)};
  if (!c.unit.empty()) out += " (unit " + std::string(c.unit) + ")";
  return out;
}

void business_section(std::string& out, const Table& t) {
  out += "\n### " + std::string(t.name) + "\n\n" + std::string(t.meaning) + "\n\n";
  out += "Way to its case: " + std::string(name_of(t.way)) + ". Kept: " + std::string(name_of(t.retention)) +
         ". Inserted by: " + writers_text(t.inserters) + ". Since version " + std::to_string(t.since) +
         ".\n\n";
  out +=
      "| column | type | written by | merge | says about a person | meaning |\n|---|---|---|---|---|---|\n";
  for (const Column& c : t.columns)
    out += "| " + std::string(c.name) + (c.required ? " *" : "") + " | " + type_text(c) + " | " +
           writers_text(c.writers) + " | " + policy_text(c) + " | " + std::string(name_of(c.privacy)) +
           " | " + std::string(c.meaning) + (c.served ? "" : " Never leaves the server.") + " |\n";
}

void engine_section(std::string& out, const Table& t) {
  const std::string_view where = t.side == Side::both ? "both" : t.side == Side::server ? "server" : "device";
  out += "\n### " + std::string(t.name) + " (" + std::string(where) + ")\n\n" + std::string(t.meaning) +
         " Kept: " + std::string(name_of(t.retention)) +
         ".\n\n| column | type | says about a person | meaning |\n|---|---|---|---|\n";
  for (const Column& c : t.columns)
    out += "| " + std::string(c.name) + " | " + type_text(c) + " | " + std::string(name_of(c.privacy)) +
           " | " + std::string(c.meaning) + " |\n";
}

}  // namespace

std::string data_register() {
  std::string out =
      "# Data register\n\n"
      "Generated from `schema/` by `relance-server config --data-register`; a test holds this page to the "
      "code.\n"
      "Schema version " +
      std::to_string(kVersion) +
      ". A star marks a column that must be given. Words are written from the most\n"
      "lenient (or earliest) to the strictest (or latest).\n\n## What the work needs\n";
  for (const Table& t : business_tables()) business_section(out, t);
  out += "\n## What the machinery needs\n";
  for (const Table& t : engine_tables()) engine_section(out, t);
  return out;
}

}  // namespace relance::schema
