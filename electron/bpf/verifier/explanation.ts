/**
 * A refusal in plain words: what it means, and what usually helps. By the refusal's code and what the
 * registers hold; Linux's own words stay in Rejection.text.
 */
import { bounds, stackAccess } from './explanation-bounds.ts';
import {
  callee,
  fact,
  inWords,
  name,
  rangeOf,
  subjectOf,
  type Explanation,
  type Refused,
} from './explanation-words.ts';
import type { RejectedRegister } from './rejection.ts';

type Explain = (refused: Refused, subject: RejectedRegister | undefined) => Explanation;

function nullable(refused: Refused, subject: RejectedRegister | undefined): Explanation {
  const isRecord = subject?.kind.startsWith('ringbuf') === true;
  if (isRecord) {
    return {
      reason: `${name(subject)} may be NULL: no record is reserved when the ring buffer is full.`,
      suggestion: 'return (or count the loss) where the reserved record is NULL, before the first use of it.',
    };
  }
  const isLookup = subject?.kind.startsWith('map_value') === true;
  const why = isLookup ? 'a lookup finds nothing when the key is not in the map' : 'what gave it can fail';
  const use = refused.called === undefined ? '' : ` ${callee(refused)} does not take NULL there.`;
  return {
    reason: `${name(subject)} may be NULL: ${why}.${use}`,
    suggestion: isLookup
      ? 'test the looked-up pointer on the way here: `if (!value) return 0;`. A test of a copy made earlier, or of its lower 32 bits, does not count.'
      : 'compare the pointer with NULL, and use it only where it is not.',
  };
}

function uninitialised(refused: Refused): Explanation {
  const register = Number(/\bR(\d+)\b/.exec(refused.text)?.[1] ?? -1);
  if (register === 0 && refused.instructionText === 'exit') {
    return {
      reason: 'the function ends without a result: r0 was not set on this path.',
      suggestion: 'return a value on every path, also the one shown.',
    };
  }
  if (refused.called !== undefined) {
    return {
      reason: `${refused.called} takes an argument in r${register}, which holds nothing on this path.`,
      suggestion: `pass every argument of ${refused.called}; after a call r1 to r5 have to be set again.`,
    };
  }
  return {
    reason: `r${register} is read before anything was put into it on this path.`,
    suggestion:
      register >= 1 && register <= 5
        ? `give the variable a value on every path that leads here; a call leaves r1 to r5 without one, so hand-written assembly must save r${register} before it.`
        : 'initialise the variable where it is declared, or on every path that leads here.',
  };
}

function leak(refused: Refused): Explanation {
  const { text } = refused;
  if (text.includes('stack pointer to the caller') || text.includes('stack frame of the caller'))
    return {
      reason: "a pointer to this function's stack would outlive the function.",
      suggestion: 'let the caller own the memory and pass a pointer to it, or return the value itself.',
    };
  const to = text.includes('return value')
    ? 'as the result of the program'
    : text.includes('into map')
      ? 'into a map, where user space can read it'
      : text.includes('helper')
        ? 'to a helper'
        : text.includes('comparison')
          ? 'through a comparison'
          : 'as a number';
  return {
    reason: `a kernel address would get out ${to}, which only a load with CAP_PERFMON may do.`,
    suggestion: text.includes('corrupt')
      ? 'overwrite a spilled pointer as a whole (8 bytes), not in part.'
      : 'store or return what the pointer points to, or an index, in place of the pointer; or load with CAP_PERFMON.',
  };
}

function contextAccess(refused: Refused, subject: RejectedRegister | undefined): Explanation {
  const { text } = refused;
  if (text.includes('modified ctx') || text.includes('negative offset'))
    return {
      reason: `the context is read through a pointer that was moved (by ${subject?.offset ?? 'some'} bytes): the kernel rewrites such reads, and needs the field's offset in the instruction.`,
      suggestion:
        'read fields as `ctx->field`; where the compiler keeps a pointer to a field, copy the field into a local variable first, or declare ctx volatile.',
    };
  if (text.includes('variable ctx'))
    return {
      reason: 'the offset into the context is not a constant.',
      suggestion:
        'read fields of the context by name; for an array field, unroll the loop over it (`#pragma unroll`).',
    };
  if (text.includes('beyond the'))
    return {
      reason: `${text}.`,
      suggestion: 'read only what the event was recorded with, or record it anew with the field.',
    };
  const attached = /^func '([^']+)'/.exec(text)?.[1];
  if (attached !== undefined)
    return {
      reason: `the context holds the arguments of ${attached.replace(/^btf_trace_/, 'tracepoint ')}, eight bytes each, and the read is not of one of them.`,
      suggestion:
        'compare the parameters of the program (BPF_PROG) with those of what it is attached to in this kernel: earlier and later kernels differ.',
    };
  const where = `the ${fact(text, 'size') ?? '?'} bytes at offset ${fact(text, 'off') ?? '?'} of their context`;
  if (refused.instructionText.startsWith('*('))
    return {
      reason: `programs of this type may not write ${where}.`,
      suggestion: 'keep what is to change in a variable or a map; few fields of few contexts can be written.',
    };
  return {
    reason: `programs of this type may not read ${where}.`,
    suggestion:
      "read whole fields at their own size, of the context type that goes with the section the program is in (of a tracepoint the first 8 bytes are the kernel's own).",
  };
}

const MEMORY = 'a pointer to the stack, to a map value or to other memory that a program may touch';

function argument(refused: Refused, subject: RejectedRegister | undefined): Explanation {
  const { text } = refused;
  const expected = /expected=([^:]+)/.exec(text)?.[1];
  const isNumber = subject?.kind === 'scalar';
  const isMemory = expected?.includes('fp') === true;
  const position = /\bR([1-5])\b/.exec(text)?.[1];
  const which = position === undefined ? 'an argument' : `argument ${position}`;
  if (text.includes('not a known constant'))
    return {
      reason: `${which} of ${callee(refused)} has to be a constant${rangeOf(subject)}.`,
      suggestion: 'pass sizeof() of a type; for records of any length use bpf_ringbuf_output().',
    };
  const kinds = expected === undefined ? 'what it takes' : isMemory ? MEMORY : inWords(expected);
  const reason = `${which} of ${callee(refused)} has to be ${kinds}${subject === undefined ? '' : `, and is ${inWords(subject.kind)}`}.`;
  if (expected === 'ringbuf_mem' && isNumber)
    return {
      reason,
      suggestion: 'submit or discard each record once: afterwards its pointer is a mere number.',
    };
  if (isMemory)
    return {
      reason,
      suggestion:
        'pass the address of a variable on the stack or of a map value, as large as the function needs; copy kernel memory with bpf_probe_read_kernel() first.',
    };
  return {
    reason,
    suggestion: `look at the declaration of ${callee(refused)} in bpf_helpers.h for the order and kind of its arguments.`,
  };
}

function returned({ text }: Refused, subject: RejectedRegister | undefined): Explanation {
  const allowed = /\[(-?\d+), (-?\d+)\]/.exec(text);
  const range = allowed === null ? 'a number' : `a number from ${allowed[1]} to ${allowed[2]}`;
  const what = text.includes('callback') ? 'a callback' : 'a program of this type';
  return {
    reason: `${what} has to return ${range}; r0 is ${subject?.bounds?.text ?? subject?.kind ?? 'not that'}.`,
    suggestion: text.includes('callback')
      ? 'return 0 to go on and 1 to stop.'
      : 'return constants of that range, or bound the result before `return`.',
  };
}

function held(refused: Refused): Explanation {
  const taken = /alloc_insn=(\d+)/.exec(refused.text)?.[1];
  const what =
    taken === undefined ? 'what a callback acquired' : `what ${refused.describe(Number(taken))} gave`;
  return {
    reason: `${what} is still held when this path ends.`,
    suggestion:
      'release it on every path, early returns included: bpf_ringbuf_submit() or bpf_ringbuf_discard() for a reserved record.',
  };
}

function pointerArithmetic({ text }: Refused, subject: RejectedRegister | undefined): Explanation {
  if (text.includes('math between') || text.includes('out of bounds'))
    return {
      reason: `${name(subject)} would be moved further than any object is long.`,
      suggestion: 'bound the number with a comparison or a mask before adding it to the pointer.',
    };
  return {
    reason: 'a pointer moves by addition and subtraction of numbers alone, in 64 bits.',
    suggestion: text.includes('32-bit')
      ? 'do the arithmetic on `char *` or `__u64`; a 32-bit cast cuts the pointer.'
      : 'compute the offset as a number first, and add it to the pointer last.',
  };
}

function guard({ text }: Refused, subject: RejectedRegister | undefined): Explanation {
  const mask = 'without privilege the kernel masks what is added to a pointer, and cannot do so here';
  if (text.includes('mixed signed bounds'))
    return {
      reason: `${mask}: the number may be negative or not${rangeOf(subject)}.`,
      suggestion: 'bound the number to one sign before the addition: an unsigned type and one comparison.',
    };
  if (text.includes('unsupported'))
    return {
      reason: `${mask}: it moves pointers to the stack and to map values by a variable, no others.`,
      suggestion:
        'add constants to this pointer, or copy the data to the stack or a map value and index it there.',
    };
  if (text.includes('beyond'))
    return {
      reason: `${mask}: the pointer is at the end of what it points to already.`,
      suggestion:
        'compute the whole offset as a number, bound it, and add it to the start of the object once.',
    };
  return {
    reason: `${mask}: on another path this very addition has another range, another direction or no pointer.`,
    suggestion:
      'give the number one bound before the addition, the same on every path; or load with CAP_PERFMON.',
  };
}

function fixed(reason: string, suggestion: string): Explain {
  return () => ({ reason, suggestion });
}

const byCode: Readonly<Record<string, Explain>> = {
  'maybe-null': nullable,
  'uninitialised-register': uninitialised,
  'uninitialised-stack': ({ text }) => {
    const place = /off (-?\d+)\+(\d+) size (\d+)/.exec(text);
    const which = place === null ? 'bytes' : `byte ${place[2]} of the ${place[3]} at r10${place[1]}`;
    return {
      reason: `${which} of the stack ${place === null ? 'are' : 'is'} read, which this program never wrote.`,
      suggestion:
        'initialise the whole variable, padding included: `struct key key = {};`, or __builtin_memset(&key, 0, sizeof(key)).',
    };
  },
  'stack-bounds': stackAccess,
  'stack-too-deep': fixed(
    'the functions of the deepest chain of calls need more than 512 bytes of stack together.',
    'move large variables into a per-CPU array map, reuse one buffer, or flatten the calls.',
  ),
  'map-value-bounds': bounds,
  'memory-bounds': bounds,
  'packet-bounds': fixed(
    'the access may reach past the end of the packet: no comparison with data_end covers it on this path.',
    'check just before this line: `if ((void *)(header + 1) > data_end) return 0;`.',
  ),
  'unbounded-pointer': (_, subject) => ({
    reason: `a number without a lower bound is added to a pointer${rangeOf(subject)}.`,
    suggestion:
      'bound the number on both sides before the addition; an unsigned variable (`__u32`) or a mask (`& 0xff`) needs one check only.',
  }),
  'pointer-arithmetic': pointerArithmetic,
  'pointer-guard': guard,
  'pointer-leak': leak,
  'infinite-loop': fixed(
    'the loop comes back to where it was with nothing changed: nothing in it leads to its end.',
    'let every round change what ends the loop, and bound its count by a constant: `for (int i = 0; i < 16; i++)`, bpf_loop() or bpf_for().',
  ),
  'too-complex': fixed(
    'there are more ways through the program than the verifier follows.',
    'bound loops by smaller constants, use bpf_loop() for long ones, keep branches out of loops, or split the program with tail calls.',
  ),
  'too-deep': fixed(
    'functions call each other deeper than 8 frames, or call themselves.',
    'turn recursion into a loop, or mark small functions `static __always_inline`.',
  ),
  'unreleased-reference': held,
  'not-a-reference': fixed(
    'what is released here is not held: it was released before, or never acquired.',
    'release each object once, and use it no more afterwards.',
  ),
  'context-access': contextAccess,
  'gpl-only': (refused) => ({
    reason: `${callee(refused)} is for programs under a GPL-compatible license alone.`,
    suggestion: 'declare one, if it is true: `char LICENSE[] SEC("license") = "GPL";` (or "Dual BSD/GPL").',
  }),
  'helper-unavailable': (refused) => ({
    reason: `a program of this type, loaded with this privilege, may not call ${callee(refused)}.`,
    suggestion:
      'use a helper made for this program type, or move the program to a section of a type that has it; what reads kernel memory asks for CAP_PERFMON.',
  }),
  'helper-undescribed': fixed(
    'the verifier here does not know what this helper takes and gives, so the call cannot be proved safe.',
    'use another helper; `helpers` lists those that are known.',
  ),
  'unknown-helper': fixed(
    'Linux 6.18 has no helper of this number.',
    'compile against headers of the kernel the program is for.',
  ),
  'read-only': fixed(
    'the memory may be read but not written.',
    'drop `const` from the variable (it is in .rodata, which is frozen), or write to a copy.',
  ),
  'write-only': fixed('the map was created for writing alone.', 'create the map without BPF_F_WRONLY_PROG.'),
  'not-a-pointer': (_, subject) => ({
    reason: `${name(subject)} is used as an address but holds ${inWords(subject?.kind ?? 'nothing')}${rangeOf(subject)}.`,
    suggestion:
      subject?.kind === 'scalar'
        ? 'read kernel memory with BPF_CORE_READ() or bpf_probe_read_kernel(); a pointer that went through a 32-bit variable, or was released, is a number.'
        : 'pass a pointer that the verifier knows: of the context, a map value, the stack.',
  }),
  'not-readable': fixed(
    'there is nothing to read at such a pointer.',
    'use the helpers made for it: a map is read through bpf_map_lookup_elem().',
  ),
  'not-writable': fixed(
    'nothing can be written at such a pointer.',
    'use the helpers made for it: a map is written through bpf_map_update_elem().',
  ),
  'bad-argument': argument,
  'bad-size': (refused) => ({
    reason: `the size is not one that is allowed: ${refused.text}.`,
    suggestion:
      refused.called === undefined ? 'split the program.' : `pass ${refused.called} a size of at least 1.`,
  }),
  'bad-return': returned,
  'bad-spill': fixed(
    'a pointer on the stack is read or written in part.',
    'copy pointers as a whole: 8 bytes at a multiple of 8.',
  ),
  'bad-map': (refused) => ({
    reason: `the map does not go with ${refused.called ?? 'this use'}: ${refused.text}.`,
    suggestion: 'declare the map with a type made for this, or use the helper that goes with its type.',
  }),
  'frame-pointer': fixed(
    'r10 points to the stack and cannot be changed.',
    'copy r10 into another register first.',
  ),
  'division-by-zero': fixed(
    'the divisor is the constant 0.',
    'divide by something else; a variable divisor of 0 is allowed and gives 0.',
  ),
  'bad-shift': fixed(
    'the constant shifts by as many bits as the value has, or more.',
    'shift by less than the width: 31 or 63 at most.',
  ),
  misaligned: fixed(
    'an atomic operation needs an address that is a multiple of its size.',
    'align the field (`__attribute__((aligned(8)))`), and index arrays of whole elements.',
  ),
  unreachable: fixed(
    'no path leads to the instruction.',
    'remove the dead code; code after a `goto` or an endless loop is dead.',
  ),
  'bad-jump': fixed(
    'a jump leads out of its function, or into the middle of an instruction.',
    'recompile: compilers do not make such jumps.',
  ),
  'bad-end': fixed(
    'the last function runs off its end.',
    'end every function with `return`; code after a call that does not return is cut off by compilers.',
  ),
  locked: fixed(
    'a lock is held, or given back that is not.',
    'between bpf_spin_lock() and bpf_spin_unlock() of the same value call nothing but static functions, and give the lock back on every path.',
  ),
  'special-field': fixed(
    'the access may touch a lock, a timer or a pointer that the kernel keeps.',
    'read and write the other fields one by one; copy no value that holds such a field; exchange a `__kptr` with bpf_kptr_xchg().',
  ),
  'bad-signature': (refused) => ({
    reason: `a global function is verified by the types of its parameters, and these do not do: ${refused.text}.`,
    suggestion:
      'return an int; take numbers, the context, or pointers to complete types; or make the function static.',
  }),
  'bad-call': fixed('a call leads to no function.', 'link the object that defines the function.'),
  'bad-instruction': (refused) => ({
    reason: `this is no valid instruction: ${refused.problem ?? refused.text}.`,
    suggestion:
      'compile for a BPF version that Linux 6.18 has (-mcpu=v1 to v4), and check hand-written code.',
  }),
  'socket-access': fixed(
    'there is no field of this width at that offset of the socket, or not in the kind of socket that the pointer is proved to be.',
    'read the fields of struct bpf_sock as they are declared; get all of a socket with bpf_sk_fullsock(), its TCP side with bpf_tcp_sock(), and check the result for NULL.',
  ),
  'mixed-pointers': fixed(
    'the instruction accesses the context on one path and other memory on another, and the kernel can rewrite it for one of them only.',
    'access the two in separate statements: do not choose between pointers of different kinds with `?:`.',
  ),
  'tail-call': fixed(
    'a tail call is not allowed from here.',
    'tail call from the program itself, or compile with BTF (-g) and keep the stack of the callers under 256 bytes.',
  ),
  'tail-call-map': fixed(
    'without privilege a tail call has to use the same map on every path.',
    'write one bpf_tail_call() a map.',
  ),
  'not-privileged': (refused) => ({
    reason: `this may not be loaded without privilege: ${refused.text}.`,
    suggestion:
      'load with CAP_BPF (and CAP_PERFMON for tracing), or write it without loops, functions and such maps.',
  }),
  'attach-target': (refused) => ({
    reason: `${refused.text}.`,
    suggestion:
      'attach it to what this kernel has (`--attach PROGRAM=FUNCTION`: tools name the function when they start, and leave a dummy in the object), or leave it out (`--set PROGRAM.autoload=false`).',
  }),
  'not-supported': (refused) => ({
    reason: `${refused.text}: Linux may accept it, the verifier here does not know it.`,
    suggestion: 'rewrite it without, or run it where Linux itself verifies it.',
  }),
};

export function explain(refused: Refused): Explanation {
  const known = byCode[refused.code];
  if (known !== undefined) return known(refused, subjectOf(refused));
  return {
    reason: `${refused.text}.`,
    suggestion: 'look at the instruction and the registers shown: the kernel refuses it for the same reason.',
  };
}
