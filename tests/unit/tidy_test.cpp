// The house's own rules, read off its source: who includes whom, what stays out of the pure layers, how a file
// begins. A rule is a function over (path, text); each is shown to fail on a small bad example before the tree
// is held to it. A rule that turns out wrong is changed here, with its reason, never passed by.
#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/test.hpp"

namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string_view>;

// ---- what the rules know ------------------------------------------------------------------------------------

struct Layer {
  std::string_view name;
  Words may_include;
  bool is_pure = false;  // no I/O, threads, clock, chance or environment: those are handed in
};

const std::vector<Layer>& layers() {
  static const std::vector<Layer> all{
      {"schema", {"schema"}, true},
      {"rules", {"rules", "schema"}, true},
      {"sync", {"sync", "schema"}, true},
      {"host", {"host", "rules", "schema"}},
      {"client", {"client", "sync", "rules", "host", "schema"}},
      {"server", {"server", "sync", "rules", "host", "schema"}},
      {"verifier", {"verifier"}},  // judges what the others have written: it shares nothing with them
      {"tests", {"tests", "verifier", "client", "server", "sync", "rules", "host", "schema"}},
  };
  return all;
}

// A header from outside, and the files that may include it (`*` stands for any characters); tests may all.
// A library that is not here is not used: adding one is a decision (docs/decisions), so it is a line here.
struct Dependency {
  std::string_view header;
  Words places;
};

const std::vector<Dependency>& dependencies() {
  static const Words http{"client/https_transport.cpp", "server/parked_server.cpp"};
  static const Words openssl{"host/*.cpp",      "host/openssl.h",        "client/https_transport.cpp",
                             "client/keys.cpp", "server/https_edge.cpp", "server/pki.cpp",
                             "verifier/*.cpp"};
  static const Words world{"host/*", "client/*", "server/*"};
  static const Words commands{"client/main.cpp", "client/*command*", "server/main.cpp", "server/*command*"};
  static const std::vector<Dependency> all{
      {"httplib.h", http},
      {"openssl/", openssl},
      {"sqlite3.h", {"host/sqlite.cpp"}},
      {"sqlcipher/sqlite3.h", {"host/sqlite.cpp"}},
      {"libpq-fe.h", {"host/postgres.cpp"}},
      {"postgresql/", {"host/postgres.cpp"}},
      {"CLI/", commands},
      {"boost/json", {"sync/*", "host/*", "client/*", "server/*", "verifier/*.cpp"}},
      {"zstd.h", {"host/*.cpp"}},
      {"zlib.h", {"host/*.cpp"}},
      {"fmt/", world},
      {"spdlog/", {"server/*"}},
      {"toml++/", {"server/*"}},
      {"hpdf.h", {"server/*"}},
      {"pugixml.hpp", {"server/*"}},
      {"qpdf/", {"server/*"}},
      {"zip.h", {"server/*"}},
      // the operating system's own
      {"sys/", world},
      {"net/", world},
      {"netinet/", world},
      {"arpa/", world},
      {"linux/", world},
      {"dirent.h", world},
      {"fcntl.h", world},
      {"langinfo.h", world},
      {"malloc.h", world},
      {"netdb.h", world},
      {"poll.h", world},
      {"pthread.h", world},
      {"pwd.h", world},
      {"signal.h", world},
      {"spawn.h", world},
      {"termios.h", world},
      {"unistd.h", world},
  };
  return all;
}

constexpr std::array<std::string_view, 19> kWorldlyStdHeaders{
    "barrier", "condition_variable", "csignal",      "ctime",      "filesystem", "fstream",
    "future",  "iostream",           "latch",        "mutex",      "ostream",    "print",
    "random",  "semaphore",          "shared_mutex", "stop_token", "syncstream", "thread",
    "atomic"};

constexpr std::array<std::string_view, 38> kWorldlyWords{
    "system_clock",  "steady_clock",   "high_resolution_clock",
    "utc_clock",     "file_clock",     "gettimeofday",
    "clock_gettime", "timespec_get",   "localtime",
    "localtime_r",   "std::time(",     "time(nullptr)",
    "time(NULL)",    "time(0)",        "rand(",
    "srand(",        "random_device",  "mt19937",
    "mt19937_64",    "getenv",         "secure_getenv",
    "setenv",        "std::thread",    "std::jthread",
    "std::mutex",    "std::async",     "thread_local",
    "std::ifstream", "std::ofstream",  "std::fstream",
    "std::cout",     "std::cerr",      "std::cin",
    "fopen",         "printf",         "fprintf",
    "puts(",         "std::filesystem"};

constexpr std::size_t kLineCharactersMax = 120;

// ---- how a file is read --------------------------------------------------------------------------------------

struct Include {
  std::size_t line = 0;  // from 0, as every line here; people are told from 1
  std::string name;
  bool is_angled = false;
};

struct Source {
  std::string path;
  std::string layer;                  // its first folder; empty at the root
  std::vector<std::string> lines;     // as they stand
  std::vector<std::string> code;      // the same places, with comments and the insides of literals blank
  std::vector<std::string> comments;  // the same places, with all but comments blank
  std::vector<Include> includes;

  [[nodiscard]] bool is_header() const { return path.ends_with(".h") || path.ends_with(".hpp"); }
  [[nodiscard]] bool is_cpp() const { return is_header() || path.ends_with(".cpp"); }
  [[nodiscard]] const Layer* known_layer() const {
    const auto found =
        std::find_if(layers().begin(), layers().end(), [&](const Layer& l) { return l.name == layer; });
    return found == layers().end() ? nullptr : &*found;
  }
  [[nodiscard]] bool is_pure() const { return known_layer() != nullptr && known_layer()->is_pure; }
};

bool is_word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// Tells code, literals and comments of C++ apart, one character after the other.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text), code_(text), comments_(text) {
    while (at_ < text_.size()) step();
  }
  [[nodiscard]] const std::string& code() const { return code_; }
  [[nodiscard]] const std::string& comments() const { return comments_; }

 private:
  void step() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("//")) return comment(std::min(text_.find('\n', at_), text_.size()));
    if (rest.starts_with("/*")) return comment(past("*/", at_ + 2));
    if (rest.starts_with("R\"") && (at_ == 0 || !is_word_character(text_[at_ - 1]))) return raw_string();
    if (rest.front() == '"' || (rest.front() == '\'' && !is_digit_separator())) return literal(rest.front());
    take(1);
  }

  void take(std::size_t count) {  // code
    for (const std::size_t end = at_ + count; at_ < end; ++at_) blank(comments_);
  }
  void comment(std::size_t end) {
    for (; at_ < end; ++at_) blank(code_);
  }
  void inside_literal(std::size_t end) {
    for (; at_ < end; ++at_) {
      blank(code_);
      blank(comments_);
    }
  }
  void literal(char quote) {
    take(1);
    std::size_t end = at_;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') end += text_[end] == '\\' ? 2 : 1;
    inside_literal(std::min(end, text_.size()));
    if (at_ < text_.size() && text_[at_] == quote) take(1);
  }
  void raw_string() {
    const std::size_t open = std::min(text_.find('(', at_), text_.size());
    const std::string close = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    inside_literal(past(close, open));
  }
  [[nodiscard]] std::size_t past(std::string_view what, std::size_t from) const {
    const std::size_t found = text_.find(what, from);
    return found == std::string_view::npos ? text_.size() : found + what.size();
  }
  // 1'000: the quote stands in a word that begins with a digit
  [[nodiscard]] bool is_digit_separator() const {
    std::size_t first = at_;
    while (first > 0 && (is_word_character(text_[first - 1]) || text_[first - 1] == '\'')) --first;
    return first < at_ && std::isdigit(static_cast<unsigned char>(text_[first])) != 0;
  }
  void blank(std::string& view) const {
    if (view[at_] != '\n') view[at_] = ' ';
  }

  std::string_view text_;
  std::string code_;
  std::string comments_;
  std::size_t at_ = 0;
};

Source read_source(std::string path, const std::string& text) {
  Source source;
  source.layer = path.find('/') == std::string::npos ? "" : path.substr(0, path.find('/'));
  source.path = std::move(path);
  source.lines = split_lines(text);
  if (!source.is_cpp()) return source;
  const Lexer lexer(text);
  source.code = split_lines(lexer.code());
  source.comments = split_lines(lexer.comments());
  for (std::size_t i = 0; i < source.code.size(); ++i) {
    if (!source.code[i].starts_with("#include")) continue;
    const std::string& line = source.lines[i];
    const std::size_t open = line.find_first_of("<\"");
    const std::size_t close = line.find_first_of(">\"", open + 1);
    if (open == std::string::npos || close == std::string::npos) continue;
    source.includes.push_back({i, line.substr(open + 1, close - open - 1), line[open] == '<'});
  }
  return source;
}

// ---- small helpers of the rules ------------------------------------------------------------------------------

bool contains(const auto& words, std::string_view wanted) {
  return std::find(words.begin(), words.end(), wanted) != words.end();
}

bool contains_word(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool starts = at == 0 || !is_word_character(line[at - 1]);
    const bool ends = end == line.size() || !is_word_character(word.back()) || !is_word_character(line[end]);
    if (starts && ends) return true;
  }
  return false;
}

bool matches(std::string_view path, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return path == pattern;
  if (!path.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t at = star; at <= path.size(); ++at)
    if (matches(path.substr(at), rest)) return true;
  return false;
}

std::string first_folder(std::string_view include) {
  return std::string(include.substr(0, include.find('/')));
}

bool is_std_header(std::string_view name) { return name.find_first_of("./") == std::string_view::npos; }

std::size_t characters_of(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// ---- the rules -----------------------------------------------------------------------------------------------

using Lines = std::vector<std::size_t>;

Lines lines_where(const std::vector<std::string>& lines, auto is_bad) {
  Lines out;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (is_bad(lines[i])) out.push_back(i);
  return out;
}

Lines includes_where(const Source& source, auto is_bad) {
  Lines out;
  for (const Include& include : source.includes)
    if (is_bad(include)) out.push_back(include.line);
  return out;
}

bool is_ours(std::string_view include) {
  return std::any_of(layers().begin(), layers().end(),
                     [&](const Layer& layer) { return include.starts_with(std::string(layer.name) + "/"); });
}

Lines unrooted_includes(const Source& source) {
  return includes_where(source, [](const Include& i) { return !i.is_angled && !is_ours(i.name); });
}

Lines edges_outside_the_table(const Source& source) {
  const Layer* layer = source.known_layer();
  if (layer == nullptr) return {};
  return includes_where(source, [&](const Include& include) {
    return is_ours(include.name) && !contains(layer->may_include, first_folder(include.name));
  });
}

Lines misplaced_dependencies(const Source& source) {
  if (source.layer == "tests") return {};
  return includes_where(source, [&](const Include& include) {
    if (!include.is_angled || is_std_header(include.name) || is_ours(include.name)) return false;
    return std::none_of(dependencies().begin(), dependencies().end(), [&](const Dependency& known) {
      const bool is_it = known.header.ends_with('/') || known.header == "boost/json"
                             ? include.name.starts_with(known.header)
                             : include.name == known.header;
      return is_it && std::any_of(known.places.begin(), known.places.end(),
                                  [&](std::string_view place) { return matches(source.path, place); });
    });
  });
}

Lines worldly_headers(const Source& source) {
  if (!source.is_pure()) return {};
  return includes_where(source,
                        [](const Include& i) { return i.is_angled && contains(kWorldlyStdHeaders, i.name); });
}

Lines worldly_words(const Source& source) {
  if (!source.is_pure()) return {};
  return lines_where(source.code, [](const std::string& line) {
    return std::any_of(kWorldlyWords.begin(), kWorldlyWords.end(),
                       [&](std::string_view word) { return contains_word(line, word); });
  });
}

Lines floating_point(const Source& source) {
  if (!source.is_pure()) return {};
  return lines_where(source.code, [](const std::string& line) {
    return contains_word(line, "float") || contains_word(line, "double");
  });
}

// A .cpp that begins with its own header has said it there: the two are one noun.
Lines missing_opening_comment(const Source& source) {
  if (source.lines.empty()) return {0};
  const std::string& first = source.lines.front();
  const std::string own = "#include \"" + source.path.substr(0, source.path.rfind('.')) + ".h\"";
  const bool speaks = first.starts_with("// ") && first.size() > std::string_view("// a file").size();
  return speaks || (!source.is_header() && first == own) ? Lines{} : Lines{0};
}

// Declarations that read as a table, one column a line, are as wide as they need to be; relance-dev leaves the
// same two alone.
Lines overlong_lines(const Source& source) {
  if (source.path == "schema/tables.h" || source.path == "schema/engine_tables.h") return {};
  return lines_where(source.lines,
                     [](const std::string& l) { return characters_of(l) > kLineCharactersMax; });
}

Lines using_namespace_in_header(const Source& source) {
  if (!source.is_header()) return {};
  return lines_where(source.code,
                     [](const std::string& line) { return contains_word(line, "using namespace"); });
}

Lines missing_pragma_once(const Source& source) {
  if (!source.is_header() || contains(source.code, "#pragma once")) return {};
  return {0};
}

Lines promises_without_issue(const Source& source) {
  return lines_where(source.comments, [](const std::string& line) {
    const bool promises =
        contains_word(line, "TODO") || contains_word(line, "FIXME") || contains_word(line, "XXX");
    return promises && line.find("TODO(issue ") == std::string::npos;
  });
}

Lines names_outside_the_repository(const Source& source) {
  return lines_where(source.lines, [](const std::string& line) {
    return line.find(std::string("../") + "shared") != std::string::npos ||
           line.find(std::string(".") + "library/") != std::string::npos;
  });
}

struct Rule {
  std::string_view name;
  std::string_view sentence;  // what to do
  Lines (*breaches)(const Source&);
  bool in_every_text = false;  // otherwise in C++ only
};

constexpr std::array<Rule, 12> kRules{{
    {"rooted", "include by the path from the repository's root: \"host/failure.h\"", unrooted_includes},
    {"layers", "this folder may not include that one (the table is in tests/unit/tidy_test.cpp)",
     edges_outside_the_table},
    {"dependency", "this library is not used, or not in this file: keep it at its edge",
     misplaced_dependencies},
    {"pure-headers", "schema, rules and sync have no I/O, threads, clock or chance: take it as an argument",
     worldly_headers},
    {"pure-words", "schema, rules and sync have no I/O, threads, clock or chance: take it as an argument",
     worldly_words},
    {"no-floats", "no floating point near money, time or the wire: count in cents and milliseconds",
     floating_point},
    {"opening", "begin the file with a comment that says what it is for", missing_opening_comment},
    {"width", "break the line: at most 120 characters", overlong_lines},
    {"using", "no `using namespace` in a header: it reaches everybody who includes it",
     using_namespace_in_header},
    {"pragma", "a header has #pragma once", missing_pragma_once},
    {"promise", "a promise names its issue: TODO(issue 42)", promises_without_issue},
    {"stands-alone", "the project names nothing outside its repository: copy what is needed",
     names_outside_the_repository, true},
}};

/// Every breach as "path:line: rule: what to do", in the order of the rules.
std::vector<std::string> findings_in(const std::string& path, const std::string& text) {
  const Source source = read_source(path, text);
  std::vector<std::string> out;
  for (const Rule& rule : kRules) {
    if (!source.is_cpp() && !rule.in_every_text) continue;
    for (const std::size_t line : rule.breaches(source))
      out.push_back(path + ":" + std::to_string(line + 1) + ": " + std::string(rule.name) + ": " +
                    std::string(rule.sentence));
  }
  return out;
}

// ---- examples ------------------------------------------------------------------------------------------------

struct Example {
  std::string_view rule;
  std::string path;
  std::string text;
  std::size_t line;  // from 1, as people count
};

std::string including(const std::string& what) {
  return "// What this file is for.\n#include " + what + "\n";
}

std::vector<Example> bad_examples() {
  const std::string opening = "// What this file is for.\n";
  const std::string outside = std::string("../") + "shared/design";
  return {
      {"rooted", "server/ledger.cpp", including("\"ledger.h\""), 2},
      {"rooted", "server/ledger.cpp", including("\"../host/clock.h\""), 2},
      {"layers", "schema/value.cpp", including("\"host/failure.h\""), 2},
      {"layers", "rules/money.cpp", including("\"sync/merge.h\""), 2},
      {"layers", "sync/merge.cpp", including("\"rules/money.h\""), 2},
      {"layers", "sync/merge.cpp", including("\"host/sql.h\""), 2},
      {"layers", "host/files.cpp", including("\"sync/limits.h\""), 2},
      {"layers", "client/replica.cpp", including("\"server/ledger.h\""), 2},
      {"layers", "server/ledger.cpp", including("\"client/replica.h\""), 2},
      {"layers", "server/ledger.cpp", including("\"tests/test.hpp\""), 2},
      {"layers", "server/ledger.cpp", including("<client/replica.h>"), 2},
      {"dependency", "server/ledger.cpp", including("<httplib.h>"), 2},
      {"dependency", "server/https_edge.h", including("<openssl/ssl.h>") + "#pragma once\n", 2},
      {"dependency", "server/ledger.cpp", including("<sqlite3.h>"), 2},
      {"dependency", "client/replica.cpp", including("<sqlcipher/sqlite3.h>"), 2},
      {"dependency", "host/sqlite.cpp", including("<libpq-fe.h>"), 2},
      {"dependency", "server/ledger.cpp", including("<CLI/CLI.hpp>"), 2},
      {"dependency", "schema/register.cpp", including("<boost/json.hpp>"), 2},
      {"dependency", "sync/codec.cpp", including("<fmt/format.h>"), 2},
      {"dependency", "rules/money.cpp", including("<unistd.h>"), 2},
      {"dependency", "host/files.cpp", including("<boost/asio.hpp>"), 2},
      {"dependency", "host/compress.h", including("<zstd.h>") + "#pragma once\n", 2},
      {"dependency", "host/clock.cpp", including("<rapidcheck.h>"), 2},
      {"pure-headers", "sync/feed.cpp", including("<mutex>"), 2},
      {"pure-headers", "rules/interest.cpp", including("<fstream>"), 2},
      {"pure-words", "rules/interest.cpp", opening + "auto t = std::chrono::system_clock::now();\n", 2},
      {"pure-words", "sync/feed.cpp", opening + "auto t = time(nullptr);\n", 2},
      {"pure-words", "sync/feed.cpp", opening + "int n = rand();\n", 2},
      {"pure-words", "schema/ddl.cpp", opening + "\nauto home = std::getenv(\"HOME\");\n", 3},
      {"pure-words", "sync/feed.cpp", opening + "std::mutex guard;\n", 2},
      {"no-floats", "rules/money.cpp", opening + "double euros = 1.5;\n", 2},
      {"no-floats", "schema/value.h", opening + "#pragma once\nusing Value = std::variant<float>;\n", 3},
      {"no-floats", "sync/codec.cpp", opening + "/* why */ auto x = static_cast<double>(1'000);\n", 2},
      {"opening", "host/clock.cpp", "#include <chrono>\n", 1},
      {"opening", "host/clock.h", "#pragma once\n// Too late.\n", 1},
      {"opening", "host/clock.h", "//\n#pragma once\n", 1},
      {"opening", "host/clock.cpp", "", 1},
      {"width", "host/clock.cpp", opening + "// " + std::string(118, 'x') + "\n", 2},
      {"using", "host/clock.h", opening + "#pragma once\nusing namespace std;\n", 3},
      {"pragma", "host/clock.h", opening + "int x;\n", 1},
      {"pragma", "host/clock.h", opening + "// #pragma once\n", 1},
      {"promise", "host/clock.cpp", opening + "int x;  // TODO: later\n", 2},
      {"promise", "host/clock.cpp", opening + "/* FIXME */\n", 2},
      {"stands-alone", "host/clock.cpp", opening + "// see " + outside + "\n", 2},
      {"stands-alone", "docs/model.md", "# Model\n\nSee " + outside + ".\n", 3},
      {"stands-alone", "relance-dev", "cp " + outside + "/x .\n", 1},
  };
}

std::vector<Example> good_examples() {
  const std::string opening = "// What this file is for.\n";
  return {
      {"rooted", "server/ledger.cpp", including("\"server/ledger.h\""), 0},
      {"layers", "client/replica.cpp", including("\"rules/money.h\""), 0},
      {"layers", "tests/unit/x_test.cpp", including("\"client/replica.h\""), 0},
      {"layers", "schema/ddl.cpp", opening + "// #include \"host/sql.h\" would be wrong here\n", 0},
      {"dependency", "client/https_transport.cpp", including("<httplib.h>"), 0},
      {"dependency", "sync/codec.cpp", including("<boost/json.hpp>"), 0},
      {"dependency", "server/office_commands.cpp", including("<CLI/CLI.hpp>"), 0},
      {"dependency", "tests/e2e/run.cpp", including("<rapidcheck/catch.h>"), 0},
      {"pure-headers", "host/clock.cpp", including("<mutex>"), 0},
      {"pure-words", "host/clock.cpp", opening + "auto t = std::chrono::system_clock::now();\n", 0},
      {"pure-words", "sync/feed.cpp", opening + "// no system_clock here\nauto word = \"getenv\";\n", 0},
      {"pure-words", "sync/feed.cpp", opening + "auto operand(int); auto x = operand(snprintf_like);\n", 0},
      {"no-floats", "sync/codec.cpp", opening + "if (v.is_double()) refuse(\"no double\");  // nor float\n",
       0},
      {"no-floats", "sync/codec.cpp", opening + "auto s = R\"(a \" double)\"; auto c = '\"'; auto n = 1'0;\n",
       0},
      {"no-floats", "client/bar.cpp", opening + "double share = 0;\n", 0},
      {"opening", "host/clock.cpp", "#include \"host/clock.h\"\n", 0},
      {"width", "host/clock.cpp", opening + "// " + std::string(117, 'x') + "\n", 0},
      {"width", "host/texts.cpp",
       opening + "// " +
           [] {
             std::string accents;  // 117 characters of two bytes
             for (int i = 0; i < 117; ++i) accents += "\xC3\xA9";
             return accents;
           }() +
           "\n",
       0},
      {"width", "schema/tables.h",
       opening + "#pragma once\nColumn{.name = \"" + std::string(200, 'x') + "\"}\n", 0},
      {"using", "host/clock.cpp", opening + "using namespace std::chrono;\n", 0},
      {"pragma", "host/clock.h", opening + "#pragma once\nint x;\n", 0},
      {"promise", "host/clock.cpp", opening + "// TODO(issue 42): renew\nauto word = \"TODO\";\n", 0},
      {"stands-alone", "docs/model.md", "# Model\n\nThe shared case.\n", 0},
  };
}

// ---- the tree ------------------------------------------------------------------------------------------------

// Everything that people write here; not what they only keep (test data), nor what is built.
std::vector<std::string> texts_of_the_tree() {
  static const std::set<std::string> endings{".h",     ".hpp",  ".cpp",  ".md", ".txt",
                                             ".cmake", ".json", ".toml", ".sh", ""};
  static const std::set<std::string> left_out{".git", ".cache", "build", "demo-office", "tests/data"};
  const fs::path root(RELANCE_SOURCE_DIR);
  std::vector<std::string> out;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator(); ++it) {
    const std::string path = it->path().lexically_relative(root).generic_string();
    if (it->is_directory() && left_out.contains(path)) it.disable_recursion_pending();
    if (it->is_regular_file() && endings.contains(it->path().extension().string())) out.push_back(path);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string read_file(const std::string& path) {
  std::ifstream in(fs::path(RELANCE_SOURCE_DIR) / path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("each house rule finds its bad example, at its line, and nothing else there", "[tidy]") {
  for (const Example& example : bad_examples()) {
    const std::vector<std::string> found = findings_in(example.path, example.text);
    const std::string expected =
        example.path + ":" + std::to_string(example.line) + ": " + std::string(example.rule) + ": ";
    INFO(example.path << " says:\n" << example.text);
    INFO("expected " << expected);
    REQUIRE_FALSE(found.empty());
    CHECK(found.front().starts_with(expected));
    CHECK(found.size() == 1);
  }
}

TEST_CASE("each house rule lets its good example pass", "[tidy]") {
  for (const Example& example : good_examples()) {
    INFO(example.path << " says:\n" << example.text);
    const std::vector<std::string> found = findings_in(example.path, example.text);
    CAPTURE(found);
    CHECK(found.empty());
  }
}

TEST_CASE("no house rule is without a bad and a good example", "[tidy]") {
  for (const Rule& rule : kRules) {
    const auto is_of_rule = [&](const Example& example) { return example.rule == rule.name; };
    const std::vector<Example> bad = bad_examples();
    const std::vector<Example> good = good_examples();
    INFO(rule.name);
    CHECK(std::any_of(bad.begin(), bad.end(), is_of_rule));
    CHECK(std::any_of(good.begin(), good.end(), is_of_rule));
  }
}

TEST_CASE("the source tree keeps the house rules", "[tidy]") {
  const std::vector<std::string> paths = texts_of_the_tree();
  REQUIRE(contains(paths, "schema/value.h"));  // we are looking at the right tree
  REQUIRE(contains(paths, "tests/unit/tidy_test.cpp"));
  REQUIRE(contains(paths, "relance-dev"));
  std::string all;
  for (const std::string& path : paths)
    for (const std::string& finding : findings_in(path, read_file(path))) all += "\n" + finding;
  if (!all.empty()) FAIL_CHECK("breaches:" + all);
}
