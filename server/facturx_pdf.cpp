// See facturx_pdf.h. In C++17: see CMakeLists.txt.
#define POINTERHOLDER_TRANSITION 4
#include "server/facturx_pdf.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>
#include <qpdf/Pipeline.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFEmbeddedFileDocumentHelper.hh>

namespace relance {
namespace {

// The names that the norms give the attached file, in lower case.
constexpr std::array<std::string_view, 3> kNames{"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"};

/// Thrown through qpdf, which has no other way to be told to stop.
struct TooLarge final : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "too large"; }
};

/// Keeps what a stream unpacks to, up to a limit.
class Bounded final : public Pipeline {
 public:
  Bounded(std::string& out, std::size_t bytes_max)
      : Pipeline("attached invoice", nullptr), out_(out), max_(bytes_max) {}
  void write(unsigned char const* data, std::size_t size) override {
    if (size > max_ - out_.size()) {
      is_over_ = true;
      throw TooLarge();
    }
    out_.append(reinterpret_cast<const char*>(data), size);
  }
  void finish() override {}
  [[nodiscard]] bool is_over() const { return is_over_; }

 private:
  std::string& out_;
  std::size_t max_;
  bool is_over_ = false;  // qpdf catches what a pipeline throws
};

bool is_invoice_name(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

AttachedInvoice found_in(QPDF& pdf, std::size_t xml_bytes_max) {
  QPDFEmbeddedFileDocumentHelper attached(pdf);
  for (const auto& [key, file] : attached.getEmbeddedFiles()) {
    if (!is_invoice_name(file->getFilename()) && !is_invoice_name(key)) continue;
    AttachedInvoice out;
    Bounded pipeline(out.xml, xml_bytes_max);
    QPDFObjectHandle stream = file->getEmbeddedFileStream();
    const bool is_whole = stream.isStream() && stream.pipeStreamData(&pipeline, 0, qpdf_dl_generalized, true);
    if (pipeline.is_over()) return {{}, "holds an invoice that unpacks to more than 16 MiB"};
    if (!is_whole) return {{}, "holds an invoice that cannot be unpacked"};
    return out;
  }
  return {{}, "is a PDF without an invoice inside (factur-x.xml)"};
}

}  // namespace

AttachedInvoice invoice_in_pdf(std::string_view pdf, std::size_t xml_bytes_max) {
  if (pdf.size() > kInvoicePdfBytesMax) return {{}, "is a PDF of more than 32 MiB"};
  try {
    QPDF document;
    document.setSuppressWarnings(true);
    document.processMemoryFile("invoice", pdf.data(), pdf.size());
    return found_in(document, xml_bytes_max);
  } catch (const std::exception&) {  // its words may quote the file
    return {{}, "is a PDF that is damaged or locked by a password"};
  }
}

}  // namespace relance
