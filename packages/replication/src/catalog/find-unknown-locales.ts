import { ReplicatorError } from '@seren-replicator/job-models';
import type { Session } from '../session/session.ts';
import { sqlStateOf } from '../session/translate-error.ts';

const INVALID_PARAMETER_VALUE = '22023';
/** Every C library knows these. */
const universalLocales = ['C', 'POSIX', ''];

/**
 * Those of some locales that a server's C library does not know. There is no list to look into: pg_collation holds
 * what was there when the cluster was made. Setting `lc_monetary` for the time of one statement makes the server ask
 * its C library, takes no privilege and changes nothing (`check_locale` in pg_locale.c).
 *
 * @param session a pipelined one
 */
export async function findUnknownLocales(session: Session, locales: readonly string[]): Promise<string[]> {
  const asked = [...new Set(locales)].filter((locale) => !universalLocales.includes(locale));
  const answers = await Promise.all(asked.map((locale) => isKnown(session, locale)));
  return asked.filter((_locale, index) => answers[index] === false);
}

async function isKnown(session: Session, locale: string): Promise<boolean> {
  try {
    await session.query(
      'tell whether it knows a locale',
      `SELECT pg_catalog.set_config('lc_monetary', $1, true)`,
      [locale],
    );
    return true;
  } catch (error) {
    if (error instanceof ReplicatorError && sqlStateOf(error) === INVALID_PARAMETER_VALUE) return false;
    throw error;
  }
}
