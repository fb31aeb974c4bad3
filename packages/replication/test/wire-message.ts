/** A message of a server: https://www.postgresql.org/docs/current/protocol-message-formats.html */
export function wireMessage(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([header, body]);
}
