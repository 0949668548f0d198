/** Keys that work anywhere but while typing: o opens, / filters, Escape clears the selection. */
import { onBeforeUnmount, onMounted } from 'vue';

export interface ShortcutActions {
  readonly open: () => void;
  readonly filter: () => void;
  readonly clear: () => void;
}

export function useShortcuts({ open, filter, clear }: ShortcutActions): void {
  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
      return;
    const action = { o: open, '/': filter, Escape: clear }[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }
  onMounted(() => document.addEventListener('keydown', onKey));
  onBeforeUnmount(() => document.removeEventListener('keydown', onKey));
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['INPUT', 'SELECT', 'TEXTAREA'].includes(target.tagName))
  );
}
