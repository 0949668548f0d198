// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Asks the running kernel for its opinion of programs. Reads requests from stdin, answers on stdout,
 * until stdin ends. Numbers are 32 bits in this machine's order unless said otherwise.
 *
 * request: magic, program type, log level, instruction count, license bytes, map count, context
 *          bytes, data bytes, how often to run it, BTF bytes, function count, expected attach type,
 *          BTF id to attach to, flags of the load; then the license, the
 *          instructions (8 bytes each), the BTF, the functions (first instruction, type id), the maps (type, key bytes, value bytes, entries, flags, freeze, initial bytes,
 *          BTF types of key and value, 0 for none; then those bytes, the value of element 0), the context and
 *          the data. A map or BTF that the kernel refuses is answered as a load that it refuses.
 *          In ldimm64 with src 1 or 2, imm is the number of the map; with 5 or 6 it is the kernel that looks it up.
 * answer:  magic, load result (0 or -errno), run result (0 or -errno, 1 where not run), return value,
 *          nanoseconds of a run in the mean, log bytes, value bytes, packet bytes; then the log, what
 *          element 0 of map 0 holds after the run, and the packet after the run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privilege.h"

#define MAGIC 0x4f524350u
#define INSTRUCTIONS_MAX 100000u
#define MAPS_MAX 16u
#define BYTES_MAX (1u << 20)
/* More than any packet that is run here. */
#define PACKET_BYTES (1u << 16)
#define LOG_BYTES (16u << 20)

struct request {
	uint32_t magic, type, log_level, instructions, license_bytes, maps, context_bytes, data_bytes, run, btf_bytes, functions;
	uint32_t expected_attach_type, attach_btf_id, load_flags;
};
struct map_request {
	uint32_t type, key_bytes, value_bytes, entries, flags, freeze, initial_bytes, key_type, value_type;
};
struct answer {
	uint32_t magic;
	int32_t load, run;
	uint32_t retval, duration_ns, log_bytes, value_bytes, packet_bytes;
};

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof *attr);
}

static void fail(const char *why)
{
	fprintf(stderr, "loader: %s\n", why);
	exit(2);
}

static void take(void *to, size_t bytes)
{
	if (bytes && fread(to, 1, bytes, stdin) != bytes)
		fail("the request ends early");
}

static void *take_new(size_t bytes)
{
	if (bytes > BYTES_MAX)
		fail("a part of the request is too large");
	void *to = calloc(1, bytes + 1);
	if (!to)
		fail("no memory");
	take(to, bytes);
	return to;
}

static void set_element_0(int fd, const struct map_request *map, void *initial)
{
	union bpf_attr attr = {};
	void *key = calloc(1, map->key_bytes + 8);
	void *value = calloc(1, map->value_bytes + 8);
	if (!key || !value)
		fail("no memory");
	memcpy(value, initial, map->initial_bytes < map->value_bytes ? map->initial_bytes : map->value_bytes);
	attr.map_fd = fd;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	if (bpf(BPF_MAP_UPDATE_ELEM, &attr))
		fail("cannot set element 0");
	free(key);
	free(value);
}

/* The map, or -errno where the kernel refuses it. */
static int create_map(struct map_request *map, int btf_fd)
{
	union bpf_attr attr = {};
	void *initial = take_new(map->initial_bytes);
	attr.map_type = map->type;
	attr.key_size = map->key_bytes;
	attr.value_size = map->value_bytes;
	attr.max_entries = map->entries;
	attr.map_flags = map->flags;
	if (map->value_type && btf_fd >= 0) {
		attr.btf_fd = btf_fd;
		attr.btf_key_type_id = map->key_type;
		attr.btf_value_type_id = map->value_type;
	}
	int fd = bpf(BPF_MAP_CREATE, &attr);
	if (fd < 0) {
		free(initial);
		return -errno;
	}
	if (map->initial_bytes)
		set_element_0(fd, map, initial);
	free(initial);
	if (map->freeze) {
		union bpf_attr freeze = {};
		freeze.map_fd = fd;
		if (bpf(BPF_MAP_FREEZE, &freeze))
			fail("cannot freeze a map");
	}
	return fd;
}

/* Program arrays hold the program itself first: what tail calls into it, goes on with it. */
static void enter_programs(int fd, const int *fds, const struct map_request *maps, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t key = 0;
		union bpf_attr attr = {};
		attr.map_fd = fds[i];
		attr.key = (uintptr_t)&key;
		attr.value = (uintptr_t)&fd;
		if (maps[i].type == BPF_MAP_TYPE_PROG_ARRAY && bpf(BPF_MAP_UPDATE_ELEM, &attr))
			fail("cannot enter the program");
	}
}

static uint32_t read_element_0(int fd, const struct map_request *map, void **value)
{
	union bpf_attr attr = {};
	void *key = calloc(1, map->key_bytes + 8);
	*value = calloc(1, map->value_bytes + 8);
	if (!key || !*value)
		fail("no memory");
	attr.map_fd = fd;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)*value;
	int missing = map->type != BPF_MAP_TYPE_ARRAY || bpf(BPF_MAP_LOOKUP_ELEM, &attr);
	free(key);
	return missing ? 0 : map->value_bytes;
}

static void run(int fd, const struct request *request, void *context, void *data, void *packet, struct answer *answer)
{
	union bpf_attr attr = {};
	attr.test.prog_fd = fd;
	attr.test.ctx_in = (uintptr_t)(request->context_bytes ? context : NULL);
	attr.test.ctx_size_in = request->context_bytes;
	attr.test.data_in = (uintptr_t)(request->data_bytes ? data : NULL);
	attr.test.data_size_in = request->data_bytes;
	attr.test.data_out = (uintptr_t)(request->data_bytes ? packet : NULL);
	attr.test.data_size_out = request->data_bytes ? PACKET_BYTES : 0;
	/* Programs that see no packet are run once, and take no number. */
	attr.test.repeat = request->run > 1 ? request->run : 0;
	answer->run = bpf(BPF_PROG_TEST_RUN, &attr) ? -errno : 0;
	answer->retval = attr.test.retval;
	answer->duration_ns = attr.test.duration;
	if (!answer->run && request->data_bytes)
		answer->packet_bytes = attr.test.data_size_out;
}

static int load_btf(void *btf, uint32_t bytes)
{
	union bpf_attr attr = {};
	attr.btf = (uintptr_t)btf;
	attr.btf_size = bytes;
	int fd = bpf(BPF_BTF_LOAD, &attr);
	return fd < 0 ? -errno : fd;
}

static void serve(const struct request *request, char *log)
{
	if (request->magic != MAGIC || request->instructions > INSTRUCTIONS_MAX || request->maps > MAPS_MAX)
		fail("not a request");
	struct map_request maps[MAPS_MAX];
	int fds[MAPS_MAX];
	char *license = take_new(request->license_bytes);
	struct bpf_insn *code = take_new(request->instructions * sizeof *code);
	void *btf = take_new(request->btf_bytes);
	struct bpf_func_info *functions = take_new(request->functions * sizeof *functions);
	int btf_fd = request->btf_bytes ? load_btf(btf, request->btf_bytes) : -EBADF;
	int refused = request->btf_bytes && btf_fd < 0 ? btf_fd : 0;
	for (uint32_t i = 0; i < request->maps; i++) {
		take(&maps[i], sizeof maps[i]);
		fds[i] = create_map(&maps[i], btf_fd);
		if (fds[i] < 0 && !refused)
			refused = fds[i];
	}
	void *context = take_new(request->context_bytes);
	void *data = take_new(request->data_bytes);
	void *packet = malloc(PACKET_BYTES);
	if (!packet)
		fail("no memory");
	for (uint32_t i = 0; i < request->instructions; i++) {
		if (code[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		int is_map = code[i].src_reg == BPF_PSEUDO_MAP_FD || code[i].src_reg == BPF_PSEUDO_MAP_VALUE;
		if (is_map && (uint32_t)code[i].imm < request->maps)
			code[i].imm = fds[code[i].imm];
		i++;
	}
	union bpf_attr attr = {};
	attr.fd_array = (uintptr_t)fds;
	attr.prog_type = request->type;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = request->instructions;
	attr.license = (uintptr_t)license;
	attr.expected_attach_type = request->expected_attach_type;
	attr.attach_btf_id = request->attach_btf_id;
	attr.prog_flags = request->load_flags;
	attr.log_level = request->log_level;
	attr.log_buf = (uintptr_t)(request->log_level ? log : NULL);
	attr.log_size = request->log_level ? LOG_BYTES : 0;
	log[0] = 0;
	if (refused)
		snprintf(log, LOG_BYTES, "the kernel refuses %s (errno %d)", btf_fd < 0 && request->btf_bytes ? "the BTF" : "a map", -refused);
	if (btf_fd >= 0) {
		attr.prog_btf_fd = btf_fd;
		attr.func_info_rec_size = sizeof *functions;
		attr.func_info = (uintptr_t)functions;
		attr.func_info_cnt = request->functions;
	}
	int fd = refused ? -1 : bpf(BPF_PROG_LOAD, &attr);
	struct answer answer = { .magic = MAGIC, .load = refused ? refused : fd < 0 ? -errno : 0, .run = 1 };
	void *value = NULL;
	if (fd >= 0 && request->run) {
		enter_programs(fd, fds, maps, request->maps);
		run(fd, request, context, data, packet, &answer);
		if (request->maps)
			answer.value_bytes = read_element_0(fds[0], &maps[0], &value);
	}
	answer.log_bytes = strnlen(log, LOG_BYTES);
	fwrite(&answer, sizeof answer, 1, stdout);
	fwrite(log, 1, answer.log_bytes, stdout);
	fwrite(value, 1, answer.value_bytes, stdout);
	fwrite(packet, 1, answer.packet_bytes, stdout);
	fflush(stdout);
	if (fd >= 0)
		close(fd);
	for (uint32_t i = 0; i < request->maps; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (btf_fd >= 0)
		close(btf_fd);
	free(btf);
	free(functions);
	free(license);
	free(code);
	free(context);
	free(data);
	free(value);
}

/* `loader [none|bpf]`: with all the privilege it has, without any, with CAP_BPF alone. */
int main(int argc, char **argv)
{
	struct request request;
	if (argc > 1)
		give_up_privilege(argv[1]);
	char *log = malloc(LOG_BYTES);
	if (!log)
		fail("no memory");
	while (fread(&request, sizeof request, 1, stdin) == 1)
		serve(&request, log);
	free(log);
	return 0;
}
