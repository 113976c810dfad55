// The looks of an invitation, added to the widget's when the first one comes. No side has a name: it is read from either.

export const INVITE_STYLES = `
.invite{width:344px;max-width:calc(100vw - 24px);max-height:calc(100vh - 116px);overflow:auto;overscroll-behavior:contain;display:grid;gap:12px;padding:16px;background:var(--bg);color:var(--ink);border-radius:8px;box-shadow:var(--shadow);text-align:start;animation:invited .24s ease-out}
:host([open]) .invite{display:none}
@keyframes invited{from{opacity:0;transform:translateY(12px)}}
.invite[dir=ltr] [dir=auto]{text-align:left}
.invite[dir=rtl] [dir=auto]{text-align:right}
.invite header{display:flex;align-items:flex-start;gap:12px}
.invite header .grow{align-self:center}
.invite h2{margin:0;font-size:18px;line-height:1.3;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
.invite .from b{display:block;font-weight:600;overflow-wrap:anywhere}
.invite .from small{display:block;font-size:13px;color:var(--ink2)}
.invite .said{margin:0;white-space:pre-line;overflow-wrap:anywhere}
.invite .face{overflow:hidden}
.invite .face img{width:100%;height:100%;object-fit:cover}
.invite .tool{margin:-4px;margin-inline-end:-8px}
.invite .kind{display:flex;align-items:center;gap:8px;margin:0;font-size:13px;font-weight:600;color:var(--amber)}
.invite .kind svg{flex:none}
.invite figure{margin:0}
.invite figure img{display:block;width:100%;max-height:180px;object-fit:cover;border-radius:8px}
.invite audio,.invite video{display:block;width:100%;border-radius:8px}
.invite video{max-height:200px;background:#10181c}
.invite button.media{min-height:44px;padding:8px 16px;font-size:14px}
.invite button.media svg{flex:none;color:var(--a-text)}
.invite a.media{font-size:13px;font-weight:600;color:var(--a-text)}
.invite .answers{display:grid;gap:8px}
.invite .answers>*{min-height:44px;padding:8px 16px;text-align:center;overflow-wrap:anywhere}
.invite .second{flex:none}
.invite .no{border-radius:8px;background:var(--hover);font-weight:600;display:grid;place-items:center}
.invite .no:hover{background:var(--line)}
.invite .others{min-height:24px;padding:0;font-size:13px;color:var(--ink2);text-decoration:underline;justify-self:center}
.invite .answers>.others{min-height:28px;padding:0 8px}
.invite [aria-busy=true]{opacity:.7}
@media(max-width:480px){.invite{width:calc(100vw - 32px);max-height:calc(100vh - 104px)}.invite .answers>.others{min-height:44px}}
@media(forced-colors:active){.invite{border:1px solid CanvasText}.invite .no,.invite .primary{border:1px solid ButtonBorder}}
`;
