// register: the record of processing activities (GDPR art. 30), on screen, as JSON or on paper.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/files.h"
#include "server/processing_register.h"
#include "server/rights_commands.h"

namespace relance::server {

void add_register_command(CLI::App& app, CommandContext& context) {
  constexpr mode_t kRegisterMode = 0600;
  auto out = std::make_shared<std::string>();
  auto* command = app.add_subcommand("register", "The record of processing activities (GDPR art. 30)");
  command->add_option("--out", *out, "Write it to this file: .pdf, else text");
  command->footer(
      "Examples:\n  relance-server register --out registre.pdf\n  relance-server register --json");
  command->callback([&context, out] {
    const sql::Transaction snapshot(context.reading(), sql::Access::read);
    const ProcessingRegister all = processing_register(context.reading());
    const auto sections = register_paper(all);
    const std::string title(kRegisterTitle);
    if (!out->empty())
      write_file_durably(*out,
                         out->ends_with(".pdf") ? sections_pdf(title, sections, today_of(context))
                                                : sections_text(title, sections),
                         kRegisterMode);
    if (context.json) return print_json(register_json(all));
    if (out->empty()) print(sections_text(title, sections));
  });
}

}  // namespace relance::server
