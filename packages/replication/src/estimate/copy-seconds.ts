/** A link of 1 Gbit/s, or an ordinary cloud disk, moves about this much; indexes are built at about the same pace. */
export const ASSUMED_BYTES_PER_SECOND = 50_000_000;

/** What a copy of tables, their indexes and large objects takes, give or take what network and disks really are. */
export function copySeconds(sizes: {
  table_bytes: number;
  index_bytes: number;
  large_object_bytes: number;
}): number {
  return (sizes.table_bytes + sizes.index_bytes + sizes.large_object_bytes) / ASSUMED_BYTES_PER_SECOND;
}
