/** The files that the single executable carries and unpacks. */
export interface Tree {
  /** Of all of them; changes with any byte. */
  readonly digest: string;
  /** By their paths in the tree. */
  readonly files: Readonly<Record<string, { readonly bytes: number }>>;
}
