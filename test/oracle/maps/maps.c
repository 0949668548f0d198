/*
 * Does what it is told to maps of the running kernel, one bpf() command a request, and answers with
 * what bpf() returned. All numbers are 32 bits, of this machine's byte order.
 *
 * request: operation, map (a number the asker chose), flags, key bytes, value bytes, count, batch flags, whether a
 *          batch goes on where the last one of this map ended; the key, the value
 * answer:  0 or -errno, bytes that follow; the bytes
 *
 * A value of a map of maps is the number of a map, here as there.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum operation { CREATE, UPDATE, LOOKUP, DELETE, NEXT_KEY, LOOKUP_AND_DELETE, FREEZE, CLOSE,
	UPDATE_BATCH, DELETE_BATCH, LOOKUP_BATCH, LOOKUP_AND_DELETE_BATCH };

#define MAPS_MAX 64
#define BYTES_MAX (1 << 20)
#define NO_FD 1000000

struct request {
	uint32_t operation, map, flags, key_bytes, value_bytes, count, batch_flags, goes_on;
};

/* What follows a request to create: the key. Inner is the number of a map plus 1, 0 for none. BTF follows, if any. */
struct creation {
	uint32_t type, key_size, value_size, entries, flags, extra, inner, key_type, value_type, btf_bytes;
};

struct map {
	int fd;
	uint32_t id;
	struct creation made;
	uint8_t cursor[512];
};

static struct map maps[MAPS_MAX];
static uint8_t key[BYTES_MAX], value[BYTES_MAX], out[2 * BYTES_MAX + 4];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof *attr);
}

static int load_btf(const void *btf, uint32_t bytes)
{
	union bpf_attr attr = {};
	attr.btf = (uintptr_t)btf;
	attr.btf_size = bytes;
	int fd = bpf(BPF_BTF_LOAD, &attr);
	if (fd < 0)
		fail("cannot load BTF");
	return fd;
}

static int create(struct map *map)
{
	union bpf_attr attr = {};
	memcpy(&map->made, key, sizeof map->made);
	int btf = map->made.btf_bytes ? load_btf(key + sizeof map->made, map->made.btf_bytes) : -1;
	if (btf >= 0) {
		attr.btf_fd = btf;
		attr.btf_key_type_id = map->made.key_type;
		attr.btf_value_type_id = map->made.value_type;
	}
	attr.map_type = map->made.type;
	attr.key_size = map->made.key_size;
	attr.value_size = map->made.value_size;
	attr.max_entries = map->made.entries;
	attr.map_flags = map->made.flags;
	attr.map_extra = map->made.extra;
	if (map->made.inner)
		attr.inner_map_fd = maps[map->made.inner - 1].fd;
	map->fd = bpf(BPF_MAP_CREATE, &attr);
	int result = map->fd < 0 ? -errno : 0;
	if (btf >= 0)
		close(btf);
	if (result)
		return result;
	struct bpf_map_info info = {};
	union bpf_attr ask = {};
	ask.info.bpf_fd = map->fd;
	ask.info.info_len = sizeof info;
	ask.info.info = (uintptr_t)&info;
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &ask))
		fail("cannot ask for the id of a map");
	map->id = info.id;
	return 0;
}

static int holds_maps(const struct map *map)
{
	return map->made.type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map->made.type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

/* From the asker's number to a descriptor, and from the kernel's id back. */
static void number_to_fd(void)
{
	uint32_t number, fd;
	memcpy(&number, value, 4);
	fd = number < MAPS_MAX && maps[number].id ? (uint32_t)maps[number].fd : NO_FD;
	memcpy(value, &fd, 4);
}

static void id_to_number(uint8_t *at)
{
	uint32_t id;
	memcpy(&id, at, 4);
	for (uint32_t number = 0; number < MAPS_MAX; number++)
		if (maps[number].id == id)
			memcpy(at, &number, 4);
}

static int element(const struct request *request, struct map *map, uint32_t *bytes)
{
	static const int commands[] = { [UPDATE] = BPF_MAP_UPDATE_ELEM, [LOOKUP] = BPF_MAP_LOOKUP_ELEM,
		[DELETE] = BPF_MAP_DELETE_ELEM, [LOOKUP_AND_DELETE] = BPF_MAP_LOOKUP_AND_DELETE_ELEM };
	union bpf_attr attr = {};
	attr.map_fd = map->fd;
	attr.key = request->key_bytes ? (uintptr_t)key : 0;
	attr.value = request->operation == DELETE ? 0 : (uintptr_t)value;
	attr.flags = request->flags;
	if (request->operation == UPDATE && holds_maps(map))
		number_to_fd();
	if (bpf(commands[request->operation], &attr))
		return -errno;
	if (request->operation == LOOKUP || request->operation == LOOKUP_AND_DELETE) {
		if (holds_maps(map))
			id_to_number(value);
		memcpy(out, value, request->value_bytes);
		*bytes = request->value_bytes;
	}
	return 0;
}

static int next_key(const struct request *request, struct map *map, uint32_t *bytes)
{
	union bpf_attr attr = {};
	attr.map_fd = map->fd;
	attr.key = request->key_bytes ? (uintptr_t)key : 0;
	attr.next_key = (uintptr_t)out;
	if (bpf(BPF_MAP_GET_NEXT_KEY, &attr))
		return -errno;
	*bytes = map->made.key_size;
	return 0;
}

/* Keys and values of `count` elements. The answer is how many were done, then those found. */
static int batch(const struct request *request, struct map *map, uint32_t *bytes)
{
	static const int commands[] = { [UPDATE_BATCH] = BPF_MAP_UPDATE_BATCH, [DELETE_BATCH] = BPF_MAP_DELETE_BATCH,
		[LOOKUP_BATCH] = BPF_MAP_LOOKUP_BATCH, [LOOKUP_AND_DELETE_BATCH] = BPF_MAP_LOOKUP_AND_DELETE_BATCH };
	int finds = request->operation == LOOKUP_BATCH || request->operation == LOOKUP_AND_DELETE_BATCH;
	union bpf_attr attr = {};
	attr.batch.map_fd = map->fd;
	attr.batch.keys = (uintptr_t)key;
	attr.batch.values = request->operation == DELETE_BATCH ? 0 : (uintptr_t)value;
	attr.batch.count = request->count;
	attr.batch.elem_flags = request->flags;
	attr.batch.flags = request->batch_flags;
	if (finds)
		attr.batch.out_batch = (uintptr_t)map->cursor;
	if (finds && request->goes_on)
		attr.batch.in_batch = (uintptr_t)map->cursor;
	int result = bpf(commands[request->operation], &attr) ? -errno : 0;
	uint32_t done = attr.batch.count;
	memcpy(out, &done, 4);
	*bytes = 4;
	if (finds && (!result || result == -ENOENT)) {
		uint32_t keys = done * map->made.key_size, values = request->count ? done * (request->value_bytes / request->count) : 0;
		memcpy(out + 4, key, keys);
		memcpy(out + 4 + keys, value, values);
		*bytes += keys + values;
	}
	return result;
}

static int perform(const struct request *request, uint32_t *bytes)
{
	struct map *map = &maps[request->map];
	union bpf_attr attr = {};
	switch (request->operation) {
	case CREATE:
		return create(map);
	case NEXT_KEY:
		return next_key(request, map, bytes);
	case FREEZE:
		attr.map_fd = map->fd;
		return bpf(BPF_MAP_FREEZE, &attr) ? -errno : 0;
	case CLOSE:
		close(map->fd);
		memset(map, 0, sizeof *map);
		return 0;
	case UPDATE_BATCH:
	case DELETE_BATCH:
	case LOOKUP_BATCH:
	case LOOKUP_AND_DELETE_BATCH:
		return batch(request, map, bytes);
	default:
		return element(request, map, bytes);
	}
}

int main(void)
{
	struct request request;
	while (fread(&request, sizeof request, 1, stdin) == 1) {
		if (request.map >= MAPS_MAX || request.key_bytes > BYTES_MAX || request.value_bytes > BYTES_MAX ||
		    request.operation > LOOKUP_AND_DELETE_BATCH)
			fail("a request out of bounds");
		if (request.key_bytes && fread(key, request.key_bytes, 1, stdin) != 1)
			fail("a request without its key");
		if (request.value_bytes && fread(value, request.value_bytes, 1, stdin) != 1)
			fail("a request without its value");
		int32_t answer[2] = {};
		uint32_t bytes = 0;
		answer[0] = perform(&request, &bytes);
		answer[1] = bytes;
		fwrite(answer, sizeof answer, 1, stdout);
		fwrite(out, 1, bytes, stdout);
		fflush(stdout);
	}
	return 0;
}
