/**
 * One end of a channel to another process or thread of this program. Others use the channel too, so
 * listeners ignore messages that are not for them.
 */
export interface Channel {
  /**
   * Settles when the message has left.
   * @throws ChannelError `ERR_TASKMON_CHANNEL`, as a rejection: the line is closed or full, or cannot
   *   carry the message
   */
  send(message: object): Promise<void>;
  /**
   * Calls `listener` with each message from now on. Does not keep this process or thread alive.
   * @returns a function that ends it
   */
  listen(listener: (message: unknown) => void): () => void;
  /**
   * Calls `listener` once the other side can be reached no more.
   * @returns a function that ends it
   */
  onClose(listener: () => void): () => void;
  /** Closes a channel that was opened only for this use; a shared channel stays open. */
  close(): void;
}
