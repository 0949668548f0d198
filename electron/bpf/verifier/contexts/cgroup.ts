/** Contexts of programs attached to cgroups, but for packets (sk-buff.ts). */
import type { ProgramType } from '../../program.ts';
import { ATTACH } from '../attach-type.ts';
import type { ContextLayout, ContextLayouts, GivenAt } from './table.ts';

const addressSocket: readonly GivenAt[] = [{ offset: 64, gives: 'sock' }];

/** struct bpf_sock_addr where the address is IPv4's. */
const address4: ContextLayout = {
  reads: { 1: '4-7,24-27', 2: '4-7,24-27', 4: '0-7,24-39', 8: '64' },
  writes: { 4: '4,24' },
  pointers: addressSocket,
};

const address6: ContextLayout = {
  reads: { 1: '8-27', 2: '8-27', 4: '0,8-39', 8: '8-23,64' },
  writes: { 4: '8-27', 8: '8-23' },
  pointers: addressSocket,
};

/** With the address that is sent from. */
const message4: ContextLayout = {
  reads: { 1: '4-7,24-27,40-43', 2: '4-7,24-27,40-43', 4: '0-7,24-43', 8: '64' },
  writes: { 4: '4,24,40' },
  pointers: addressSocket,
};

const message6: ContextLayout = {
  reads: { 1: '8-27,44-59', 2: '8-27,44-59', 4: '0,8-39,44-59', 8: '8-23,48,64' },
  writes: { 4: '8-27,44-59', 8: '8-23,48' },
  pointers: addressSocket,
};

/** struct bpf_sock of a socket that is made or goes. */
const wholeSocket: ContextLayout = {
  reads: { 1: '4,8,12,48-49,52-72,76', 2: '4,8,12,48,52-73,76', 4: '0-23,48-79' },
  writes: { 4: '0,16-23' },
};

/** struct bpf_sockopt. */
const optionPointers: readonly GivenAt[] = [
  { offset: 0, gives: 'sock' },
  { offset: 8, gives: 'packet' },
  { offset: 16, gives: 'packet-end' },
];

export const cgroupContexts: Partial<Record<ProgramType, ContextLayouts>> = {
  cgroup_device: { reads: { 1: '0-3', 2: '0-3', 4: '0-11' }, writes: {} },
  cgroup_sysctl: { reads: { 1: '0-7', 2: '0-7', 4: '0-7' }, writes: { 4: '4' } },
  cgroup_sockopt: new Map([
    [
      ATTACH.getSockopt,
      { reads: { 4: '24-39', 8: '0-23' }, writes: { 4: '32-39' }, pointers: optionPointers },
    ],
    [
      ATTACH.setSockopt,
      { reads: { 4: '24-35', 8: '0-23' }, writes: { 4: '24-35' }, pointers: optionPointers },
    ],
  ]),
  cgroup_sock: new Map([
    [ATTACH.none, wholeSocket],
    [ATTACH.sockCreate, wholeSocket],
    [ATTACH.sockRelease, wholeSocket],
    [
      ATTACH.postBind4,
      {
        reads: { 1: '4,8,12,24-27,44,48-49,52-72,76', 2: '4,8,12,24-27,44,48,52-73,76', 4: '4-15,24,44-79' },
        writes: {},
      },
    ],
    [
      ATTACH.postBind6,
      {
        reads: { 1: '4,8,12,28-44,48-49,52-72,76', 2: '4,8,12,28-45,48,52-73,76', 4: '4-15,28-79' },
        writes: {},
      },
    ],
  ]),
  cgroup_sock_addr: new Map([
    [ATTACH.bind4, address4],
    [ATTACH.bind6, address6],
    [ATTACH.connect4, address4],
    [ATTACH.connect6, address6],
    [ATTACH.sendmsg4, message4],
    [ATTACH.sendmsg6, message6],
    [ATTACH.recvmsg4, address4],
    [ATTACH.recvmsg6, address6],
    [ATTACH.getpeername4, address4],
    [ATTACH.getpeername6, address6],
    [ATTACH.getsockname4, address4],
    [ATTACH.getsockname6, address6],
  ]),
};
