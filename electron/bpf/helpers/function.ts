/**
 * The traced function a program is called for, and what came with the attachment. Where the recording does not
 * hold an argument, the answer is that of a function without it (-EINVAL), and counted.
 */
import { EINVAL, EOPNOTSUPP } from '../maps/errno.ts';
import { errno, memoryArgument, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';
import type { FunctionCall } from './object-directory.ts';

function callOf({ world }: HelperContext): FunctionCall | undefined {
  const call = world.functionCall();
  if (call === undefined) world.missing('function call');
  return call;
}

function parameterOf(context: HelperContext, index: number): bigint | undefined {
  const parameters = callOf(context)?.parameters ?? [];
  if (index < parameters.length && parameters[index] === undefined)
    context.world.missing(`argument ${index + 1} of the function`);
  return parameters[index];
}

/** Writes a number that a program reads back; null is 0 with the errno. */
function write({ memory }: HelperContext, to: bigint, value: bigint | undefined, otherwise: number): bigint {
  memory.view.setBigUint64(memoryArgument(memory, to, 8), value ?? 0n, true);
  return value === undefined ? errno(otherwise) : 0n;
}

export const functionHelpers: HelperFamily = {
  get_func_arg: (context, _programContext, index, to) =>
    write(context, to, parameterOf(context, u32(index)), EINVAL),

  get_func_ret: (context, _programContext, to) => write(context, to, callOf(context)?.result, EOPNOTSUPP),

  get_func_arg_cnt: (context) => BigInt(callOf(context)?.parameters.length ?? 0),

  /** 0 where it is not known, as in Linux where the probe is not at a function's start. */
  get_func_ip(context) {
    const call = callOf(context);
    if (call?.address === 0n) context.world.missing('address of the function');
    return call?.address ?? 0n;
  },

  get_attach_cookie: ({ world }) => world.attachCookie(),
};
