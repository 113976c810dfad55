// The widget's looks, inside its shadow root; a firm sets `--warmline-accent` on the page or in its brand.

export const STYLES = `
:host{all:initial;position:fixed;right:20px;bottom:20px;z-index:2147483000;
--a:var(--warmline-accent,#0f766e);--on-a:var(--warmline-on-accent,#fff);--a-text:var(--a);
--bg:#fff;--bg2:#f6f7f8;--line:#e3e6e8;--ink:#14191d;--ink2:#545f68;--green:#137a3f;--green-bg:#e6f5ec;--amber:#8a5300;--amber-bg:#fdf3df;
--red:#b42318;--red-bg:#fdecea;--blue:#175cd3;--blue-bg:#e8f0fd;--hover:#f0f2f3;--shadow:0 12px 40px rgba(15,23,30,.18),0 0 0 1px rgba(15,23,30,.06);
font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;color:var(--ink);color-scheme:light dark}
@media(prefers-color-scheme:dark){:host{--bg:#171b1f;--bg2:#20262b;--line:#2f373d;--ink:#eef1f3;--ink2:#a3aeb7;--green:#5fd38f;--green-bg:#12301f;
--amber:#f2b84b;--amber-bg:#33270f;--red:#ff8a7d;--red-bg:#3a1a17;--blue:#8ab4ff;--blue-bg:#17263f;--hover:#252c32;
--a-text:color-mix(in srgb,var(--a) 45%,#fff);--shadow:0 12px 40px rgba(0,0,0,.5),0 0 0 1px rgba(255,255,255,.08)}}
*,*::before,*::after{box-sizing:border-box}
[hidden]{display:none!important}
button,a,input,select{font:inherit;color:inherit}
button{background:none;border:0;padding:0;margin:0;cursor:pointer;text-align:inherit}
button *{pointer-events:none}
:focus{outline:none}
:focus-visible{outline:2px solid var(--a-text);outline-offset:2px}
.launcher{display:flex;align-items:center;justify-content:center;gap:8px;min-width:56px;height:56px;padding:0 16px;border-radius:28px;
background:var(--a);color:var(--on-a);box-shadow:0 6px 20px rgba(15,23,30,.25);transition:transform .15s ease,filter .15s ease}
.launcher:hover{filter:brightness(1.08)}
.launcher:active{transform:scale(.97)}
.launcher:focus-visible{outline-offset:3px}
.launcher .time{font-weight:600;font-variant-numeric:tabular-nums}
.launcher.talk{background:#137a3f;color:#fff}
.dock{display:flex;flex-direction:column;align-items:flex-end;gap:8px}
.share{display:flex;flex-direction:column;gap:8px;align-items:flex-end}
.share:empty{display:none}
.sheet .share{align-items:stretch;padding:0 20px 12px}
.card{width:320px;max-width:calc(100vw - 24px);padding:12px 16px;background:var(--bg);border-radius:8px;box-shadow:var(--shadow)}
.sheet .card{width:auto;box-shadow:none;background:var(--bg2);border:1px solid var(--line)}
.card b{display:block;font-weight:600}
.card p{margin:4px 0 0;font-size:13px;color:var(--ink2);overflow-wrap:anywhere}
.card .pair{display:flex;gap:8px;margin-top:12px}
.card .pair>*{flex:1;min-height:40px;padding:0 12px;border-radius:8px;display:grid;place-items:center;text-align:center;text-decoration:none;font-weight:600}
.card .yes{background:var(--a);color:var(--on-a)}
.card .nay{background:var(--hover)}
.sign{display:flex;align-items:center;gap:8px;padding:6px 6px 6px 12px;border-radius:20px;background:var(--bg);box-shadow:var(--shadow);font-size:13px;font-weight:600}
.sheet .sign{box-shadow:none;border-radius:8px;background:var(--blue-bg)}
.sign svg{flex:none;color:var(--blue)}
.sign span{flex:1}
.sign button{min-height:32px;padding:0 12px;border-radius:16px;background:var(--hover);font-weight:600}
.count{min-width:20px;height:20px;padding:0 6px;border-radius:10px;display:grid;place-items:center;background:#b42318;color:#fff;font-size:12px;font-weight:650;font-variant-numeric:tabular-nums}
.request{display:grid;gap:8px;margin:0 8px 12px}
.tochat{margin-bottom:8px;background:var(--bg2)}
.sheet{position:absolute;right:0;bottom:68px;width:360px;max-width:calc(100vw - 24px);max-height:min(560px,calc(100vh - 110px));display:flex;flex-direction:column;
background:var(--bg);border-radius:8px;box-shadow:var(--shadow);overflow:hidden;transform-origin:bottom right;animation:rise .16s ease-out}
@keyframes rise{from{opacity:0;transform:translateY(8px) scale(.985)}}
.head{display:flex;align-items:flex-start;gap:8px;padding:16px 12px 12px 20px}
.head.bar{padding:12px 12px 8px 20px;align-items:center}
.head.back{padding-left:12px}
.head h2{margin:0;font-size:18px;line-height:1.3;font-weight:650;letter-spacing:-.01em}
.head.bar h2{font-size:15px}
.head p{margin:2px 0 0;color:var(--ink2);font-size:13px}
.grow{flex:1;min-width:0}
.tool{flex:none;width:32px;height:32px;border-radius:8px;display:grid;place-items:center;color:var(--ink2)}
.tool:hover{background:var(--hover);color:var(--ink)}
.body{overflow:auto;padding:0 12px 12px;overscroll-behavior:contain}
.rows{display:flex;flex-direction:column;gap:4px}
.row{display:flex;align-items:center;gap:12px;width:100%;padding:12px 8px;border-radius:8px}
.row:hover{background:var(--hover)}
.row:disabled{cursor:default;opacity:.55}
.row.busy{opacity:1;background:var(--hover)}
.row .glyph{flex:none;width:40px;height:40px;border-radius:8px;display:grid;place-items:center;background:color-mix(in srgb,var(--a) 12%,transparent);color:var(--a-text)}
.row b{display:block;font-weight:600}
.row small{display:block;font-size:13px;color:var(--ink2)}
.row>svg{color:var(--ink2);flex:none}
.foot{display:flex;gap:8px;align-items:flex-start;padding:12px 8px 4px;margin-top:8px;border-top:1px solid var(--line);font-size:12px;color:var(--ink2)}
.foot svg{flex:none;margin-top:1px}
.foot.signed{color:var(--ink)}
[role=radiogroup]{display:grid;gap:10px}
.spin{flex:none;width:20px;height:20px;border-radius:50%;border:2px solid color-mix(in srgb,var(--a-text) 25%,transparent);border-top-color:var(--a-text);animation:turn .8s linear infinite}
@keyframes turn{to{transform:rotate(1turn)}}
.skeleton{height:64px;border-radius:8px;background:linear-gradient(90deg,var(--bg2),var(--hover),var(--bg2)) 0/200% 100%;animation:shine 1.4s linear infinite}
@keyframes shine{to{background-position:-200% 0}}
.note{display:flex;gap:8px;align-items:flex-start;margin:0 8px 12px;padding:10px 12px;border-radius:8px;font-size:13px;background:var(--red-bg);color:var(--red)}
.note.info{background:var(--blue-bg);color:var(--blue)}
.note.wait{background:var(--amber-bg);color:var(--amber)}
.note svg{flex:none;margin-top:1px}
.live .note{margin:0}
.note button{font-weight:600;text-decoration:underline}
form{display:flex;flex-direction:column;gap:16px;padding:4px 8px 8px}
label.field{display:flex;flex-direction:column;gap:6px;font-size:13px;font-weight:600}
label.field i{font-style:normal;font-weight:400;color:var(--ink2)}
.number{display:flex;gap:8px}
input[type=text],input[type=tel],select{width:100%;height:44px;padding:0 12px;border:1px solid var(--line);border-radius:8px;background:var(--bg);font-size:16px;font-weight:400}
select{width:auto;max-width:112px;flex:none;padding:0 8px;font-size:15px}
.prefix{flex:none;display:grid;place-items:center;height:44px;padding:0 12px;border-radius:8px;background:var(--bg2);color:var(--ink2);font-weight:400;font-size:15px;font-variant-numeric:tabular-nums}
input:focus,select:focus{border-color:var(--a-text);outline:1px solid var(--a-text)}
input[aria-invalid=true]{border-color:var(--red)}
.error{margin:0;font-size:13px;font-weight:400;color:var(--red)}
label.tick{display:flex;gap:10px;align-items:flex-start;font-size:13px;cursor:pointer}
label.tick input{flex:none;width:18px;height:18px;margin:1px 0 0;accent-color:var(--a)}
label.tick small{display:block;font-size:12px;color:var(--ink2)}
.primary{display:flex;align-items:center;justify-content:center;gap:8px;width:100%;min-height:48px;padding:0 16px;border-radius:8px;background:var(--a);color:var(--on-a);font-weight:600;text-align:center;text-decoration:none}
.primary:hover{filter:brightness(1.06)}
.primary:disabled{opacity:.6;cursor:default}
.primary.red{background:#b42318;color:#fff}
.plain{display:flex;align-items:center;justify-content:center;gap:8px;width:100%;min-height:44px;border-radius:8px;font-weight:600;color:var(--ink2)}
.plain:hover{background:var(--hover);color:var(--ink)}
.second{display:flex;align-items:center;justify-content:center;gap:8px;min-height:48px;flex:1;border-radius:8px;border:1px solid var(--line);font-weight:600}
.second:hover{background:var(--hover)}
.second[aria-pressed=true]{background:var(--amber-bg);color:var(--amber);border-color:transparent}
.live{padding:4px 8px 0;display:flex;flex-direction:column;gap:16px}
.who{display:flex;align-items:center;gap:12px}
.face{flex:none;width:44px;height:44px;border-radius:50%;display:grid;place-items:center;background:color-mix(in srgb,var(--a) 14%,transparent);color:var(--a-text);font-weight:650;font-size:18px}
.who b{display:block;font-size:15px;font-weight:600}
.who small{display:block;font-size:13px;color:var(--ink2)}
.dial{display:flex;flex-direction:column;gap:8px;padding:16px;border-radius:8px;background:var(--bg2)}
.dial .pair{justify-content:space-between;gap:16px;align-items:stretch}
.dial .grow{display:flex;flex-direction:column;gap:10px;justify-content:center}
a.tel{font-size:28px;line-height:1.2;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums;color:var(--ink);text-decoration:none;white-space:normal}
a.tel:hover{color:var(--a-text)}
a.tel span{white-space:nowrap}
@media(pointer:coarse){a.tel{padding:12px 16px;border-radius:8px;background:var(--a);color:var(--on-a)!important;text-align:center}}
.qr{flex:none;align-self:center;width:92px;padding:6px;border-radius:8px;background:#fff;display:block}
.qr svg{display:block;width:80px;height:80px}
.caption{font-size:12px;color:var(--ink2)}
.held{display:flex;flex-wrap:wrap;align-items:center;gap:8px;font-size:13px;color:var(--ink2)}
.held b,.pin b{font-weight:650;color:var(--ink);font-variant-numeric:tabular-nums}
.keep{min-height:28px;padding:0 10px;border-radius:14px;border:1px solid var(--line);background:var(--bg);font-size:13px;font-weight:600;color:var(--a-text);white-space:nowrap}
.keep:hover{background:var(--hover)}
.keep:disabled{opacity:.6}
.pin{font-size:13px;color:var(--ink2)}
.pin b{display:block;font-size:18px;letter-spacing:.06em}
.ring-track{stroke:var(--line)}
.ring-left{stroke:var(--a-text);transition:stroke-dashoffset 1s linear}
.line{display:flex;gap:12px;align-items:flex-start;padding:12px;border-radius:8px;background:var(--bg2)}
.line.talk{background:var(--green-bg)}
.line.wait{background:var(--amber-bg)}
.line.trouble{background:var(--red-bg)}
.line.info{background:var(--blue-bg)}
.line .mark{flex:none;width:24px;height:24px;display:grid;place-items:center;color:var(--ink2)}
.line.talk .mark{color:var(--green)}.line.wait .mark{color:var(--amber)}.line.trouble .mark{color:var(--red)}.line.info .mark{color:var(--blue)}
.line b{display:block;font-weight:600}
.line.talk b{color:var(--green)}.line.wait b{color:var(--amber)}.line.trouble b{color:var(--red)}.line.info b{color:var(--blue)}
.line small{display:block;font-size:13px;color:var(--ink2);margin-top:2px}
.line.wait small,.line.trouble small,.line.info small,.line.talk small{color:var(--ink)}
.line time{font-weight:650;font-variant-numeric:tabular-nums;color:var(--ink)}
.dot{width:10px;height:10px;border-radius:50%;background:currentColor;position:relative}
.dot::after{content:"";position:absolute;inset:0;border-radius:50%;background:currentColor;animation:pulse 1.6s ease-out infinite}
@keyframes pulse{from{opacity:.55}to{opacity:0;transform:scale(2.4)}}
.change{display:flex;flex-direction:column;gap:8px}
.change .lead{margin:0}
.change .lead b{display:block;font-weight:600}
.change .lead small{display:block;font-size:13px;color:var(--ink2)}
.actions{display:flex;flex-direction:column;gap:8px}
.pair{display:flex;gap:8px}
.pair .primary{flex:1;width:auto}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(max-width:480px){:host{right:16px;bottom:16px}
.sheet{position:fixed;left:0;right:0;bottom:0;width:auto;max-width:none;max-height:85vh;border-radius:8px 8px 0 0;padding-bottom:env(safe-area-inset-bottom);animation-name:slide}
:host([open]) .dock{visibility:hidden}
@keyframes slide{from{transform:translateY(40px);opacity:0}}}
@media(prefers-reduced-motion:reduce){*,*::after{animation:none!important;transition:none!important}}
`;
