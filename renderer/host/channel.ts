/** One way to the engine: bytes in, bytes out, and word of its end. */
export interface Channel {
  post(bytes: Uint8Array): void;
  onMessage(listener: (bytes: Uint8Array) => void): void;
  /** Called once, whoever ended it. */
  onClose(listener: () => void): void;
  close(): void;
}

/** Opens a channel, again and again as the link loses one. Rejects where this attempt failed. */
export interface ChannelOpener {
  open(): Promise<Channel>;
  /** Whether trying again by itself makes sense; a port comes when the shell sends one. */
  readonly isPolled: boolean;
}
