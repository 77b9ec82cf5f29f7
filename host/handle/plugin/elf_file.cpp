// SPDX-License-Identifier: Apache-2.0
//
// Formats: System V gABI (headers, segments, notes, dynamic section, DT_HASH), the GNU extensions
// DT_GNU_HASH and DT_VERNEED. Section headers are not read: a stripped file may have none.
#include "host/handle/plugin/elf_file.hpp"

#include <elf.h>

#include "host/handle/plugin/elf_versions.hpp"
#include "host/handle/plugin/elf_view.hpp"

namespace tidegate {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kThisMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kThisMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr Elf64_Half kThisMachine = EM_RISCV;
#else
#error "add this machine's e_machine"
#endif

constexpr std::uint64_t kMaxSegments = 256;
constexpr std::uint64_t kMaxSymbols = 1U << 20U;
constexpr std::uint64_t kMaxNoteBytes = 4096;
constexpr std::string_view kTablePrefix = "tidegate_plugin_v";

[[noreturn]] void damaged(const std::string& what) {
  throw ElfError(RefusedReason::damaged, "the file is damaged or truncated: " + what);
}

template <class T>
T need(std::optional<T> value, const char* what) {
  if (!value) damaged(what);
  return *value;
}

class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  ElfFacts read() {
    read_segments(read_header());
    read_dynamic();
    read_symbols();
    facts_.version_needs = read_versions_needed(
        file_, version_needs_ ? offset_of(*version_needs_) : std::nullopt, names_offset_);
    return std::move(facts_);
  }

 private:
  Elf64_Ehdr read_header() {
    if (file_.bytes(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG)) {
      throw ElfError(RefusedReason::not_elf, "this is not a shared library (no ELF file)");
    }
    const auto header = need(file_.at<Elf64_Ehdr>(0), "ELF header");
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_machine != kThisMachine) {
      throw ElfError(RefusedReason::wrong_kind, "it was built for another machine");
    }
    if (header.e_type != ET_DYN) {
      throw ElfError(RefusedReason::wrong_kind,
                     "it is no shared library but an executable, an object or a core file");
    }
    if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 ||
        header.e_phnum > kMaxSegments) {
      damaged("program headers");
    }
    return header;
  }

  void read_segments(const Elf64_Ehdr& header) {
    for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
      const auto segment = need(file_.element<Elf64_Phdr>(header.e_phoff, i), "program headers");
      if (segment.p_type == PT_INTERP) {
        throw ElfError(RefusedReason::wrong_kind, "it is an executable, not a shared library");
      }
      if (segment.p_type == PT_GNU_STACK) stack_ = segment.p_flags;
      if (segment.p_filesz == 0) continue;
      if (!file_.contains(segment.p_offset, segment.p_filesz)) damaged("a segment ends outside");
      if (segment.p_type == PT_LOAD) read_load(segment);
      if (segment.p_type == PT_DYNAMIC) dynamic_ = segment;
      if (segment.p_type == PT_NOTE) read_notes(segment);
    }
    facts_.executable_stack = !stack_ || (*stack_ & PF_X) != 0;
    if (loads_.empty()) damaged("no loadable segment");
    if (!dynamic_) damaged("no dynamic section");
  }

  void read_load(const Elf64_Phdr& segment) {
    if (segment.p_memsz < segment.p_filesz) damaged("a segment is larger than its memory");
    if (segment.p_vaddr > UINT64_MAX - segment.p_memsz) damaged("a segment ends outside");
    loads_.push_back(segment);
  }

  // Notes: three words, then owner and text, each padded to 4 bytes.
  void read_notes(const Elf64_Phdr& segment) {
    const auto padded = [](std::uint64_t size) { return (size + 3) & ~std::uint64_t{3}; };
    const std::uint64_t end = segment.p_offset + segment.p_filesz;
    std::uint64_t at = segment.p_offset;
    while (at < end && end - at >= sizeof(Elf64_Nhdr)) {
      const auto note = need(file_.at<Elf64_Nhdr>(at), "a note");
      at += sizeof note;
      const auto owner = file_.bytes(at, note.n_namesz);
      at += padded(note.n_namesz);
      const auto text = file_.bytes(at, note.n_descsz);
      at += padded(note.n_descsz);
      if (!owner || !text || text->size() > kMaxNoteBytes) return;  // foreign: not ours to judge
      if (*owner == std::string_view("TIDEGATE\0", 9) && note.n_type == 1) {
        facts_.identity_note = text->substr(0, text->find('\0'));
      }
      if (*owner == std::string_view("GNU\0", 4) && note.n_type == NT_GNU_BUILD_ID) {
        facts_.build_id = hex(*text);
      }
    }
  }

  static std::string hex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      text += kDigits[byte >> 4U];
      text += kDigits[byte & 15U];
    }
    return text;
  }

  void read_dynamic() {
    std::vector<std::uint64_t> needed;
    std::optional<std::uint64_t> soname;
    std::optional<std::uint64_t> run_path;
    std::optional<std::uint64_t> names;
    const std::uint64_t count = dynamic_->p_filesz / sizeof(Elf64_Dyn);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto entry = need(file_.element<Elf64_Dyn>(dynamic_->p_offset, i), "dynamic section");
      const std::uint64_t value = entry.d_un.d_val;
      if (entry.d_tag == DT_NULL) break;
      if (entry.d_tag == DT_NEEDED) needed.push_back(value);
      if (entry.d_tag == DT_SONAME) soname = value;
      if (entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH) run_path = value;
      if (entry.d_tag == DT_STRTAB) names = value;
      if (entry.d_tag == DT_SYMTAB) symbols_ = value;
      if (entry.d_tag == DT_HASH) hash_ = value;
      if (entry.d_tag == DT_GNU_HASH) gnu_hash_ = value;
      if (entry.d_tag == DT_VERNEED) version_needs_ = value;
      if (entry.d_tag == DT_TEXTREL) facts_.text_relocations = true;
      if (entry.d_tag == DT_FLAGS && (value & DF_TEXTREL) != 0) facts_.text_relocations = true;
    }
    if (!names) damaged("no table of names");
    names_offset_ = need(offset_of(*names), "table of names");
    for (const std::uint64_t at : needed) facts_.needed.emplace_back(dynamic_name(at));
    if (soname) facts_.soname = dynamic_name(*soname);
    if (run_path) facts_.run_path = dynamic_name(*run_path);
  }

  std::string_view dynamic_name(std::uint64_t at) const {
    if (at > file_.size()) damaged("a name lies outside");
    return need(file_.text(names_offset_ + at), "a name");
  }

  // Where in the file an address of the loaded library is; empty: in no segment, or not in the
  // file.
  [[nodiscard]] std::optional<std::uint64_t> offset_of(std::uint64_t address) const {
    for (const Elf64_Phdr& load : loads_) {
      if (address >= load.p_vaddr && address - load.p_vaddr < load.p_filesz) {
        return load.p_offset + (address - load.p_vaddr);
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::uint64_t count_symbols() const {
    if (hash_) {
      const auto at = need(offset_of(*hash_), "symbol hash");
      return need(file_.element<std::uint32_t>(at, 1), "symbol hash");
    }
    if (!gnu_hash_) return 0;
    // Header: buckets, first hashed symbol, words of the filter, shift. The last symbol is the end
    // of the chain that starts highest.
    const auto at = need(offset_of(*gnu_hash_), "symbol hash");
    const std::uint64_t buckets = need(file_.element<std::uint32_t>(at, 0), "symbol hash");
    const std::uint64_t first = need(file_.element<std::uint32_t>(at, 1), "symbol hash");
    const std::uint64_t filter_words = need(file_.element<std::uint32_t>(at, 2), "symbol hash");
    const std::uint64_t buckets_at = at + 16 + 8 * filter_words;
    std::uint64_t last = 0;
    for (std::uint64_t i = 0; i < buckets; ++i) {
      const auto start = need(file_.element<std::uint32_t>(buckets_at, i), "symbol hash");
      if (start > last) last = start;
    }
    if (last < first) return first;
    const std::uint64_t chains_at = buckets_at + 4 * buckets;
    while (need(file_.element<std::uint32_t>(chains_at, last - first), "symbol hash") % 2 == 0)
      ++last;
    return last + 1;
  }

  void read_symbols() {
    if (!symbols_) damaged("no table of symbols");
    const auto symbols_at = need(offset_of(*symbols_), "table of symbols");
    const std::uint64_t count = count_symbols();
    if (count > kMaxSymbols) damaged("too many symbols");
    for (std::uint64_t i = 1; i < count; ++i) {
      const auto symbol = need(file_.element<Elf64_Sym>(symbols_at, i), "table of symbols");
      if (symbol.st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol.st_info) != STT_OBJECT) continue;
      if (ELF64_ST_BIND(symbol.st_info) == STB_LOCAL) continue;
      const auto name = file_.text(names_offset_ + symbol.st_name);
      if (!name || !name->starts_with(kTablePrefix)) continue;
      if (!offset_of(symbol.st_value)) damaged("the plugin's table lies outside");
      facts_.tables[std::string(*name)] = symbol.st_size;
    }
  }

  ElfView file_;
  ElfFacts facts_;
  std::vector<Elf64_Phdr> loads_;
  std::optional<Elf64_Phdr> dynamic_;
  std::optional<Elf64_Word> stack_;  // its permissions; a file that does not say gets all of them
  std::uint64_t names_offset_ = 0;
  std::optional<std::uint64_t> symbols_, hash_, gnu_hash_, version_needs_;  // addresses
};

}  // namespace

ElfFacts read_elf(std::string_view file) { return Reader(file).read(); }

}  // namespace tidegate
