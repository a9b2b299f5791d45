// The map beside a text: of the program that the cursor is in, drawn anew as either changes.

import { randomBytes } from "node:crypto";
import {
  Uri,
  ViewColumn,
  window,
  workspace,
  type Disposable,
  type TextEditor,
  type WebviewPanel,
} from "vscode";

const PAUSE = 150; // milliseconds without a change before the server is asked

interface Question {
  textDocument: { uri: string };
  position: { line: number; character: number };
  text: string;
}
type Ask = (question: Question) => Promise<unknown> | undefined;

export class MapPanel implements Disposable {
  private panel: WebviewPanel | undefined;
  private editor: TextEditor | undefined;
  private timer: NodeJS.Timeout | undefined;
  private asked = 0;
  private text = workspace.getConfiguration("attndsl").get<string>("text", "");
  private readonly listening: Disposable[];

  constructor(
    private readonly ask: Ask,
    private readonly home: Uri,
  ) {
    this.listening = [
      window.onDidChangeTextEditorSelection((event) => this.follow(event.textEditor)),
      window.onDidChangeActiveTextEditor((editor) => editor && this.follow(editor)),
      workspace.onDidChangeTextDocument((event) => {
        if (event.document === this.editor?.document) this.soon();
      }),
    ];
  }

  show(): void {
    this.editor = window.activeTextEditor ?? this.editor;
    if (!this.panel) this.open();
    this.panel?.reveal(ViewColumn.Beside, true);
    this.soon();
  }

  private open(): void {
    const generated = Uri.joinPath(this.home, "generated");
    const panel = window.createWebviewPanel(
      "attndsl.map",
      "Attention map",
      { viewColumn: ViewColumn.Beside, preserveFocus: true },
      {
        enableScripts: true,
        retainContextWhenHidden: true,
        localResourceRoots: [generated],
      },
    );
    const file = (name: string): string =>
      panel.webview.asWebviewUri(Uri.joinPath(generated, name)).toString();
    panel.webview.html = page(panel.webview.cspSource, file("map.js"), file("map.css"), this.text);
    panel.webview.onDidReceiveMessage((message: { text?: unknown }) => {
      if (typeof message.text !== "string") return;
      this.text = message.text;
      this.soon();
    });
    panel.onDidDispose(() => (this.panel = undefined));
    this.panel = panel;
  }

  private follow(editor: TextEditor): void {
    if (editor.document.languageId !== "attndsl") return;
    this.editor = editor;
    this.soon();
  }

  private soon(): void {
    if (!this.panel) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.draw(), PAUSE);
  }

  private async draw(): Promise<void> {
    if (!this.editor) return;
    const { document, selection } = this.editor;
    const number = ++this.asked;
    const found = await Promise.resolve(
      this.ask({
        textDocument: { uri: document.uri.toString() },
        position: { line: selection.active.line, character: selection.active.character },
        text: this.text,
      }),
    ).catch((fault: unknown) => ({ error: String(fault) }));
    // A later question may have been answered before this one.
    if (number === this.asked)
      await this.panel?.webview.postMessage(
        found ?? { error: "the language server isn't running" },
      );
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.panel?.dispose();
    this.listening.forEach((one) => one.dispose());
  }
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

function page(source: string, script: string, style: string, text: string): string {
  const nonce = randomBytes(16).toString("base64");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${source} 'unsafe-inline'; script-src 'nonce-${nonce}'">
<link rel="stylesheet" href="${style}">
<title>Attention map</title>
</head>
<body>
<main id="main">
<label for="text">Text</label>
<textarea id="text" rows="2" spellcheck="false">${escaped(text)}</textarea>
<div id="map"></div>
</main>
<div id="tip" role="status" aria-live="polite"></div>
<script type="application/json" id="report">{"heads":[],"programs":[],"texts":[],"mask":{"kind":"causal","window":0}}</script>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
