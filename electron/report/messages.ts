import type { RunFault } from '../host/contract.ts';

/** Every sentence a report says, in both languages; `{name}` is filled in by `phrase`. */

const en = {
  report: 'Replay report',
  what: 'What happened',
  where: 'Where',
  kernel: 'Kernel',
  how: 'How it was recorded',
  finding:
    '{count} samples of “{title}”: half under {half}, 99 of 100 under {most}. Of the {longest} from {from} up, {own} are those of {group}; none has more.',
  noFinding: 'The program counted nothing over this recording.',
  distribution: 'All groups together',
  overTime: 'Over time',
  overTimeAxis: 'seconds since the first event',
  fewer: 'few samples',
  more: 'many',
  byGroup: 'By {noun}',
  group: 'Name',
  samples: 'Samples',
  p50: 'Half under',
  p90: '90 % under',
  p99: '99 % under',
  largest: 'Largest in',
  shareNote:
    'Bounds are those of power-of-two buckets: a value counted under 64 µs lies between 32 and 64 µs.',
  moreRows: '{count} more are not listed here ({samples} samples).',
  outputs: 'What the program sent',
  outputsMore: '{count} more are not listed here.',
  time: 'Time',
  stream: 'Stream',
  attached: 'Attached programs',
  program: 'Program',
  hook: 'Attached to',
  events: 'Events',
  noEvents: '0: none was recorded',
  /** By what a program is asked about. */
  'answered:packets': 'Packets that {program} answered',
  'answered:calls': 'Calls that {program} answered',
  'answered:connections': 'Connections that {program} answered',
  'answered:messages': 'Messages that {program} answered',
  verdict: 'Answer',
  counted: 'Count',
  packetCount: 'Packets',
  truncated: '{count} of them were cut by the capture.',
  passedBy: '{count} more are none that it sees: of other protocols, directions or routes.',
  flows: 'Flows that {program} found',
  flow: 'Flow',
  flowsMore: '{count} more packets are of other flows.',
  ledger: 'What the recording holds, and what it does not',
  read: '{count} events read.',
  nothingLost: 'Nothing was lost.',
  lossesNote: 'These may be missing from the numbers above:',
  dropped: 'events lost by the recorder before they reached the file',
  droppedUncounted: 'gaps where the recorder lost events without counting them',
  unparsed: 'records that could not be read',
  unsupported: 'records of a kind this version does not know',
  outOfOrder: 'events out of time order',
  withoutClock: 'events without a usable time',
  suspectedLosses: 'gaps that the order of events betrays',
  faults: 'Faults',
  fault: '{program}: {kind}, {count}',
  faultFirst: '{program}: {kind}, {count}, first at event {first}',
  /** What a map refuses or drops, by the code it counts it under. */
  'fault:map-full': 'updates refused: map full',
  'fault:helper-error': 'helper gave an error',
  'fault:tail-call-limit': 'tail calls not made: more than 33 in a row',
  'fault:lru-evicted': 'least recently used entries evicted: map full',
  'fault:oldest-dropped': 'oldest values dropped: queue full',
  'fault:ringbuf-full': 'records refused: ring buffer full',
  'fault:perf-buffer-full': 'records lost: perf buffer full',
  'fault:stack-id-taken': 'stacks not stored: another has their id',
  missing: 'Asked for, but not recorded',
  missingItem: '{what}: asked for {count} times',
  notRead: 'Files in the bundle that were not read',
  provenance: 'Provenance',
  bundle: 'Bundle',
  object: 'Object',
  span: 'Time span',
  versions: 'Versions',
  reproduce: 'To reproduce',
} as const;

export type MessageKey = keyof typeof en;
export type Messages = Readonly<Record<MessageKey, string>>;
export type Locale = 'en' | 'zh';

const zh: Messages = {
  report: '重放报告',
  what: '现象',
  where: '地点',
  kernel: '内核',
  how: '录制方式',
  finding:
    '“{title}”共 {count} 个样本：一半低于 {half}，百分之九十九低于 {most}。{from} 及以上的共 {longest} 个，其中 {group} 有 {own} 个，没有比它更多的。',
  noFinding: '程序在这份录制上没有统计到任何数据。',
  distribution: '全部分组合计',
  overTime: '随时间的分布',
  overTimeAxis: '自第一个事件起的秒数',
  fewer: '样本少',
  more: '样本多',
  byGroup: '按{noun}',
  group: '名称',
  samples: '样本数',
  p50: '一半低于',
  p90: '90% 低于',
  p99: '99% 低于',
  largest: '最大值所在区间',
  shareNote: '界限取自二的幂区间：统计为低于 64 µs 的值位于 32 到 64 µs 之间。',
  moreRows: '另有 {count} 项未列出（{samples} 个样本）。',
  outputs: '程序的输出',
  outputsMore: '另有 {count} 条未列出。',
  time: '时间',
  stream: '通道',
  attached: '已附加的程序',
  program: '程序',
  hook: '附加点',
  events: '事件数',
  noEvents: '0：录制中没有此事件',
  'answered:packets': '{program} 对数据包的裁决',
  'answered:calls': '{program} 对调用的裁决',
  'answered:connections': '{program} 对连接的裁决',
  'answered:messages': '{program} 对消息的裁决',
  verdict: '裁决',
  counted: '数量',
  packetCount: '数据包',
  truncated: '其中 {count} 个被抓包截短。',
  passedBy: '另有 {count} 个不归它处理：属于其他协议、方向或路由。',
  flows: '{program} 识别的流',
  flow: '流',
  flowsMore: '另有 {count} 个数据包属于其他流。',
  ledger: '录制中有什么，缺什么',
  read: '读取了 {count} 个事件。',
  nothingLost: '没有任何丢失。',
  lossesNote: '以上数字可能缺少下列内容：',
  dropped: '个事件在写入文件前被录制器丢弃',
  droppedUncounted: '处录制器丢失事件但未计数的间断',
  unparsed: '条记录无法读取',
  unsupported: '条记录属于本版本不认识的类型',
  outOfOrder: '个事件时间顺序错乱',
  withoutClock: '个事件没有可用的时间',
  suspectedLosses: '处由事件顺序推断出的间断',
  faults: '故障',
  fault: '{program}：{kind}，{count} 次',
  faultFirst: '{program}：{kind}，{count} 次，首次出现在事件 {first}',
  'fault:map-full': '更新被拒绝：映射已满',
  'fault:helper-error': '辅助函数返回错误',
  'fault:tail-call-limit': '尾调用未执行：连续超过 33 次',
  'fault:lru-evicted': '最久未使用的条目被逐出：映射已满',
  'fault:oldest-dropped': '最旧的值被丢弃：队列已满',
  'fault:ringbuf-full': '记录被拒绝：环形缓冲区已满',
  'fault:perf-buffer-full': '记录丢失：perf 缓冲区已满',
  'fault:stack-id-taken': '调用栈未保存：编号已被占用',
  missing: '程序需要但未录制的内容',
  missingItem: '{what}：请求了 {count} 次',
  notRead: '数据包中未读取的文件',
  provenance: '来源',
  bundle: '数据包',
  object: '目标文件',
  span: '时间跨度',
  versions: '版本',
  reproduce: '重现方法',
};

export function messagesOf(locale: Locale): Messages {
  return locale === 'zh' ? zh : en;
}

/** Fills `{name}` places; a place without a value is a bug and throws. */
export function phrase(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for {${name}} in: ${template}`);
    return value;
  });
}

/** What a fault's code means; the code itself where it has no words. */
export function faultKind(words: Messages, { kind, detail }: Pick<RunFault, 'kind' | 'detail'>): string {
  const said = (words as Readonly<Record<string, string>>)[`fault:${kind}`] ?? kind;
  return detail === undefined ? said : `${said} (${detail})`;
}
