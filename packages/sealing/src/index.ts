export { kmsSealer } from './kms-sealer.ts';
export { localKeySealer } from './local-key-sealer.ts';
export { createSealKey, readSealKey } from './seal-key-file.ts';
export type { SealContext, UrlSealer } from './url-sealer.ts';
