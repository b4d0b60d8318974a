// Read by jemalloc when the program starts; the environment's MALLOC_CONF comes after it and wins. Chunks and
// batches of rows are larger than 8 MiB, which jemalloc by itself would give back to the system each time and
// take from it again page by page (ops/decisions/0007).
extern "C" {
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): the name and type are jemalloc's
const char* malloc_conf = "oversize_threshold:0";
}
