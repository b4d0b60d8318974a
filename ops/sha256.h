// SHA-256 (FIPS 180-4) over bytes as they come, so that `sha256sum` can check an export. No secret is hashed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace subledger::ops {

class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  /// 64 lower-case hexadecimal digits of what has been added so far; more may be added afterwards.
  std::string text() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  using Context = std::unique_ptr<evp_md_ctx_st, Free>;
  static Context new_context();

  Context context_;
};

}  // namespace subledger::ops
