/**
 * One end of a channel to another process or thread of this program. Others use the channel too, so
 * listeners ignore messages that are not for them.
 */
export interface Channel {
  /**
   * Sends a message. Resolves when it was sent.
   * @throws ChannelError `ERR_TASKMON_CHANNEL`, as a rejection, if the channel is closed or full, or cannot
   *   carry the message
   */
  send(message: object): Promise<void>;
  /**
   * Calls `listener` with each message from now on. Does not keep this process or thread alive.
   * @returns a function that removes the listener
   */
  listen(listener: (message: unknown) => void): () => void;
  /**
   * Calls `listener` when the other side cannot be reached any more.
   * @returns a function that removes the listener
   */
  onClose(listener: () => void): () => void;
  /** Closes a channel that was opened only for this use; a shared channel stays open. */
  close(): void;
}
