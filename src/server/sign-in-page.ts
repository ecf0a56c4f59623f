/** The one page that a stranger sees. */
import { html } from "../gallery/html.ts";

export function signInPage(page: { title: string; next: string; problem?: string }): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>Sign in · ${page.title}</title>
        <style>
          :root {
            color-scheme: light dark;
            font:
              1rem/1.5 system-ui,
              sans-serif;
          }
          body {
            min-height: 100vh;
            margin: 0;
            display: grid;
            place-items: center;
          }
          main {
            width: min(20rem, 100% - 3rem);
          }
          h1 {
            font-size: 1.5rem;
            font-weight: 600;
          }
          label,
          input,
          button {
            display: block;
            width: 100%;
            box-sizing: border-box;
            font: inherit;
          }
          input,
          button {
            min-height: 2.75rem;
            margin-block: 0.25rem 1rem;
            padding: 0 0.75rem;
            border: 1px solid;
            border-radius: 0.5rem;
          }
          button {
            border: 0;
            background: #1a5fb4;
            color: #fff;
            cursor: pointer;
          }
          [role="alert"] {
            color: light-dark(#a51d2d, #f66151);
          }
        </style>
      </head>
      <body>
        <main>
          <h1>${page.title}</h1>
          <form method="post" action="/sign-in">
            ${page.problem === undefined ? "" : html`<p role="alert">${page.problem}</p>`}
            <input type="hidden" name="next" value="${page.next}" />
            <label for="secret">API secret</label>
            <input id="secret" name="secret" type="password" autocomplete="current-password" required autofocus />
            <button>Sign in</button>
          </form>
        </main>
      </body>
    </html>`.toString();
}
