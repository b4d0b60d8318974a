// By OpenSSL. Its calls fail only where memory or the algorithm is missing.
#include "ops/sha256.h"

#include <openssl/evp.h>

#include <array>

#include "events/check.h"

namespace subledger::ops {

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Context Sha256::new_context() {
  Context context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  return context;
}

Sha256::Sha256() : context_(new_context()) {
  CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::add(std::string_view bytes) {
  CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::text() const {
  const Context ended = new_context();
  CHECK(EVP_MD_CTX_copy_ex(ended.get(), context_.get()) == 1);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(ended.get(), digest.data(), &size) == 1);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

}  // namespace subledger::ops
