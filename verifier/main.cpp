// relance-audit-verify: is this export of an office's audit log whole?
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include "verifier/audit_verify.h"

namespace {

constexpr int kWrong = 1;
constexpr int kUsage = 2;

constexpr const char* kHelp =
    "relance-audit-verify FILE [--key HEX] [--head EPOCH:SEQ:HASH]...\n"
    "\n"
    "Checks an export of an office's audit log (relance-server audit export FILE): that no entry is missing, "
    "altered or\n"
    "out of place, and that the office has signed it. It shares no code with the programs that write the "
    "log.\n"
    "\n"
    "  --key HEX              the audit key that you know the office by; without it the export's own is "
    "taken\n"
    "  --head EPOCH:SEQ:HASH  a head that somebody else holds: a device (relance status --json, `audit`), an "
    "earlier\n"
    "                         copy of audit.head. The log must still have it. May be given several times.\n"
    "\n"
    "Exit code 0: whole. 1: wrong, with a sentence for each reason. 2: called in a wrong way.\n"
    "\n"
    "Example:\n"
    "  relance-audit-verify audit.jsonl --key 5e0c... --head 0193...:4711:9f2a...\n";

int usage(const std::string& why) {
  std::fprintf(stderr, "relance-audit-verify: %s (see --help)\n", why.c_str());
  return kUsage;
}

int tell(const audit_verify::Verdict& verdict) {
  for (const std::string& note : verdict.notes) std::printf("%s\n", note.c_str());
  for (const std::string& one : verdict.wrong) std::printf("Wrong: %s.\n", one.c_str());
  if (!verdict.wrong.empty()) return kWrong;
  std::printf("The log is whole: %lld entries, %lld signatures by key %s, last hash %s.\n",
              static_cast<long long>(verdict.entries), static_cast<long long>(verdict.heads),
              verdict.key.c_str(), verdict.last_hash.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  audit_verify::Options options;
  std::string file;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--help" || word == "-h") return std::fputs(kHelp, stdout) < 0 ? kWrong : 0;
    const bool takes_value = word == "--key" || word == "--head";
    if (takes_value && i + 1 == argc) return usage(std::string(word) + " needs a value");
    if (word == "--key") {
      options.key = argv[++i];
    } else if (word == "--head") {
      audit_verify::Witness witness;
      if (!audit_verify::read_witness(argv[++i], witness)) return usage("a head is written EPOCH:SEQ:HASH");
      options.witnesses.push_back(witness);
    } else if (word.starts_with("-") || !file.empty()) {
      return usage("there is no such option, or a second file");
    } else {
      file = word;
    }
  }
  if (file.empty()) return usage("name the export");
  std::ifstream in(file, std::ios::binary);
  if (!in) return usage("the file " + file + " cannot be read");
  return tell(audit_verify::verify(in, options));
}
