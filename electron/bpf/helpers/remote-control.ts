/** Helpers of programs that decode infrared remote controls: the keys they see pressed are effects. */
import { s32, u32, type HelperFamily } from './call.ts';

export const remoteControlHelpers: HelperFamily = {
  rc_repeat({ world }) {
    world.effect({ kind: 'rc_repeat', facts: {} });
    return 0n;
  },

  rc_keydown({ world }, _sample, protocol, scancode, toggle) {
    const facts = { protocol: u32(protocol), scancode, toggle: toggle === 0n ? 0 : 1 };
    world.effect({ kind: 'rc_keydown', facts });
    return 0n;
  },

  rc_pointer_rel({ world }, _sample, x, y) {
    world.effect({ kind: 'rc_pointer_rel', facts: { rel_x: s32(x), rel_y: s32(y) } });
    return 0n;
  },
};
