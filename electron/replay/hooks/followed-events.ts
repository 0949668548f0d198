/** Events that a program is not called for, and objects that it reaches are followed by. */
import type { FollowedKind } from '../kernel/objects/followed-objects.ts';
import type { Attachment, Driver, HookSite } from './hook.ts';

/** Of objects of these kinds, all events that are not the program's `own`. */
export function followedEvents(
  kinds: readonly FollowedKind[],
  own: readonly Attachment[],
  { sources, followed }: HookSite,
): Attachment[] {
  const attachments: Attachment[] = [];
  for (const kind of kinds) {
    const follower = followed.of(kind);
    for (const source of sources) {
      for (const type of source.schema.types) {
        const isOwn = own.some((each) => each.source === source && each.type === type.index);
        if (isOwn || !follower.events.includes(`${type.system}:${type.name}`)) continue;
        const read = follower.reader(source, type);
        if (read === undefined) continue;
        const drive: Driver = (_call, record, batch, row) => {
          read(record, batch, row);
        };
        attachments.push({ source, type: type.index, drive, isFollowed: true });
      }
    }
  }
  return attachments;
}
