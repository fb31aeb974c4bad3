import type { Facts } from '../validate/gather-facts.ts';

/**
 * Extensions get the source's version wherever the target has it: what their tables hold, and what users' functions
 * call, was made for that one. The others get the target's default.
 *
 * @returns versions by extension, of those whose default is another one
 */
export function chooseExtensionVersions({ source, target }: Facts): Map<string, string> {
  const offers = new Map(target.offeredExtensions.map((offer) => [offer.name, offer]));
  const chosen = source.installedExtensions.filter(({ name, version }) => {
    const offer = offers.get(name);
    return offer?.has_version === true && offer.default_version !== version;
  });
  return new Map(chosen.map(({ name, version }) => [name, version]));
}
