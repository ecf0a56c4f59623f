/** What the viewer's script leaves for the page's. */
export interface ViewerModule {
  /** Opens the photo of this id, or goes there. */
  open(id: string): void;
  close(): void;
}
