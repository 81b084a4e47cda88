/*
 * A plugin of QEMU's emulator: what the code between two marks executes, loads and stores.
 *
 * A mark is the address of a function; what runs from the entry of the first to the entry of the second is an operation, and gives a line: instructions, and hashes of
 * the addresses executed, loaded and stored. Only jumps are hashed of what is executed, each by where it starts and where it goes: how the emulator cuts code into
 * blocks then does not matter, and nothing of the sequence is lost. With record=, the events of every third operation go to a file too, so that two can be compared
 * by them.
 *
 * Arguments: begins=, ends= (addresses), out= (a file), trace= (on or off: off counts instructions alone, which is much faster), record= (a file), which= (the first
 * operation that is recorded: 0, 1 or 2).
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The part of QEMU's plugin interface that is used, as version 1 of it has it; Debian's package has no header. QEMU itself defines these. */

typedef uint64_t plugin_id;
typedef void (*translation_call)(plugin_id id, void *block);
typedef void (*execution_call)(unsigned processor, void *data);
typedef void (*access_call)(unsigned processor, uint32_t access, uint64_t address, void *data);
typedef void (*exit_call)(plugin_id id, void *data);

enum { REGISTERS_UNTOUCHED = 0 };
enum { LOADS_AND_STORES = 3 };
enum { ADD = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, translation_call call);
void qemu_plugin_register_vcpu_tb_exec_cb(void *block, execution_call call, int flags, void *data);
void qemu_plugin_register_vcpu_tb_exec_inline(void *block, int operation, void *number, uint64_t value);
void qemu_plugin_register_vcpu_insn_exec_cb(void *instruction, execution_call call, int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(void *instruction, access_call call, int flags, int which, void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, exit_call call, void *data);
size_t qemu_plugin_tb_n_insns(const void *block);
uint64_t qemu_plugin_tb_vaddr(const void *block);
void *qemu_plugin_tb_get_insn(const void *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const void *instruction);
size_t qemu_plugin_insn_size(const void *instruction);
bool qemu_plugin_mem_is_store(uint32_t access);
unsigned qemu_plugin_mem_size_shift(uint32_t access);

extern int qemu_plugin_version;
int qemu_plugin_version = 1;

/* What the host reads of a recording, as it is in memory: what, where in the code, and which address. */
struct event {
    uint32_t kind, at, address;
};
enum { BEGINS, JUMP, LOAD, STORE };

/* A piece of straight code. */
struct piece {
    uint64_t start, end;
};

static uint64_t begins, ends, which;
static bool trace = true;
static FILE *out, *record;

static bool inside;
static uint64_t operation;
static uint64_t executed_in_all, executed_before;
static uint64_t jumps, loads, stores;
/* Where the code goes on if it does not jump. */
static uint64_t next;

static void mix(uint64_t *hash, uint64_t value)
{
    uint64_t mixed = (*hash ^ value) * UINT64_C(0xd6e8feb86659fd93);
    *hash = (mixed << 29 | mixed >> 35) + 1;
}

static void note(uint64_t kind, uint64_t at, uint64_t address)
{
    if (record && operation % 3 == which) {
        struct event event = {(uint32_t)kind, (uint32_t)at, (uint32_t)address};
        fwrite(&event, sizeof event, 1, record);
    }
}

static void begin(unsigned processor, void *data)
{
    (void)processor, (void)data;
    inside = true;
    executed_before = executed_in_all;
    jumps = loads = stores = 0;
    next = 0;
    note(BEGINS, 0, 0);
}

static void end(unsigned processor, void *data)
{
    (void)processor, (void)data;
    inside = false;
    operation++;
    fprintf(out, "%" PRIu64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64 "\n", executed_in_all - executed_before, jumps,
            loads, stores);
}

static void run(unsigned processor, void *data)
{
    const struct piece *piece = data;
    (void)processor;
    if (!inside)
        return;
    if (piece->start != next) {
        mix(&jumps, next);
        mix(&jumps, piece->start);
        note(JUMP, next, piece->start);
    }
    next = piece->end;
}

static void access(unsigned processor, uint32_t access, uint64_t address, void *data)
{
    bool store = qemu_plugin_mem_is_store(access);
    (void)processor;
    if (!inside)
        return;
    mix(store ? &stores : &loads, address << 2 | qemu_plugin_mem_size_shift(access));
    note(store ? STORE : LOAD, (uintptr_t)data, address);
}

static void translated(plugin_id id, void *block)
{
    size_t count = qemu_plugin_tb_n_insns(block);
    void *last = qemu_plugin_tb_get_insn(block, count - 1);
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(block, ADD, &executed_in_all, count);
    if (trace) {
        struct piece *piece = malloc(sizeof *piece);
        if (!piece)
            abort();
        piece->start = qemu_plugin_tb_vaddr(block);
        piece->end = qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last);
        qemu_plugin_register_vcpu_tb_exec_cb(block, run, REGISTERS_UNTOUCHED, piece);
    }
    for (size_t index = 0; index < count; index++) {
        void *instruction = qemu_plugin_tb_get_insn(block, index);
        uint64_t address = qemu_plugin_insn_vaddr(instruction);
        if (trace)
            qemu_plugin_register_vcpu_mem_cb(instruction, access, REGISTERS_UNTOUCHED, LOADS_AND_STORES,
                                             (void *)(uintptr_t)address);
        if (address == begins)
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, begin, REGISTERS_UNTOUCHED, NULL);
        if (address == ends)
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, end, REGISTERS_UNTOUCHED, NULL);
    }
}

static void leave(plugin_id id, void *data)
{
    (void)id, (void)data;
    fclose(out);
    if (record)
        fclose(record);
}

/* What stands behind `name` in an argument. */
static const char *value(const char *argument, const char *name)
{
    size_t length = strlen(name);
    return strncmp(argument, name, length) == 0 ? argument + length : NULL;
}

int qemu_plugin_install(plugin_id id, const void *machine, int count, char **arguments);

int qemu_plugin_install(plugin_id id, const void *machine, int count, char **arguments)
{
    (void)machine;
    for (int index = 0; index < count; index++) {
        const char *argument = arguments[index], *text;
        if ((text = value(argument, "begins=")))
            begins = strtoull(text, NULL, 0);
        else if ((text = value(argument, "ends=")))
            ends = strtoull(text, NULL, 0);
        else if ((text = value(argument, "trace=")))
            trace = strcmp(text, "off") != 0;
        else if ((text = value(argument, "out=")))
            out = fopen(text, "w");
        else if ((text = value(argument, "record=")))
            record = fopen(text, "wb");
        else if ((text = value(argument, "which=")))
            which = strtoull(text, NULL, 0);
    }
    if (!begins || !ends || !out)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, leave, NULL);
    return 0;
}
