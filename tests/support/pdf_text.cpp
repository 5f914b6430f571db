#include "tests/support/pdf_text.h"

#ifndef POINTERHOLDER_TRANSITION  // qpdf asks every user to choose
#define POINTERHOLDER_TRANSITION 4
#endif
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <qpdf/QPDFPageDocumentHelper.hh>

#include "server/encoding.h"

namespace relance::test {
namespace {

class Reader : public QPDFObjectHandle::ParserCallbacks {
 public:
  Reader(QPDFObjectHandle fonts, std::string& out) : fonts_(std::move(fonts)), out_(out) {}

  void handleObject(QPDFObjectHandle object) override {
    if (!object.isOperator()) {
      last_ = object;
      if (object.isName()) name_ = object.getName();
      return;
    }
    const std::string what = object.getOperatorValue();
    if (what == "Tf") {
      QPDFObjectHandle encoding = fonts_.getKey(name_).getKey("/Encoding");
      is_western_ = encoding.isName() && encoding.getName() == "/WinAnsiEncoding";
    }
    if (what != "Tj" || !last_.isString()) return;
    const std::string bytes = last_.getStringValue();
    // Of other sets only that something stands there is known.
    out_ += (is_western_ ? utf8_of(bytes, Encoding::cp1252) : std::string(bytes.size(), '#')) + "\n";
  }
  void handleEOF() override {}

 private:
  QPDFObjectHandle fonts_, last_;
  std::string name_;
  bool is_western_ = true;
  std::string& out_;
};

}  // namespace

std::string pdf_text(std::string_view pdf, std::size_t* sheets) {
  QPDF file;
  file.processMemoryFile("pdf", pdf.data(), pdf.size());
  std::string out;
  std::size_t count = 0;
  for (QPDFPageObjectHelper& page : QPDFPageDocumentHelper(file).getAllPages()) {
    ++count;
    Reader reader(page.getObjectHandle().getKey("/Resources").getKey("/Font"), out);
    page.parseContents(&reader);
  }
  if (sheets != nullptr) *sheets = count;
  return out;
}

std::string flowing(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool no_break = text.substr(i, 2) == "\u00A0";
    if (no_break) ++i;
    if (no_break || text[i] == ' ' || text[i] == '\n') {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace relance::test
