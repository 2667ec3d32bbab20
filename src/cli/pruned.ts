/** What a prune has to say: the list of what went (empty when nothing did) and the space it gave back. */
export interface Pruned {
  text: string;
  reclaimedBytes: number;
}
