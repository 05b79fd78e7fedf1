/** Keys and certificates as PEM text or bytes. */
export interface ServerTls {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  readonly passphrase?: string;
  /**
   * Only clients with a certificate of one of these authorities are answered.
   * @default any client
   */
  readonly clientCa?: string | Buffer | readonly (string | Buffer)[];
}
