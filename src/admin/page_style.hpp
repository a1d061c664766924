// How the page for people looks. It is sent with each page, so it is short; colours have the contrast of WCAG
// 2.1 AA on both their grounds, light and dark.
#pragma once

#include <string_view>

namespace towline::admin {

inline constexpr std::string_view page_style = R"(<style>
:root{--text:#1c2126;--soft:#5c6770;--page:#f5f6f7;--card:#fff;--line:#dde1e4;
--good:#157347;--bad:#b3261e;--wait:#8a5a00;--off:#5c6770;--link:#0b5cad}
@media(prefers-color-scheme:dark){:root{--text:#e3e6e9;--soft:#9aa5ae;--page:#14171a;--card:#1c2024;--line:#2e353b;
--good:#5bc48c;--bad:#ff8a80;--wait:#e5b45a;--off:#9aa5ae;--link:#7ab7f5}}
*{box-sizing:border-box}
body{margin:0;padding:1.5rem 1rem;background:var(--page);color:var(--text);font:15px/1.5 system-ui,sans-serif}
main{max-width:54rem;margin:0 auto}
h1,h2,h3,p,dl,dd,ul,figure{margin:0;padding:0;overflow-wrap:anywhere}
h1{font-size:1.45rem;line-height:1.3}
h2{font-size:.85rem;font-weight:600;color:var(--soft);margin:1.25rem 0 .4rem}
h3{font-size:1rem}
a{color:var(--link)}
ul{list-style:none}
.soft{color:var(--soft)}
.state{font-weight:600;white-space:nowrap}
h1 .state{white-space:normal}
.state::before{content:"";display:inline-block;width:.6em;height:.6em;margin-right:.45em;border-radius:50%;background:currentColor}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}.off{color:var(--off)}
.card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;margin-bottom:.6rem}
.top{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem}
.way,li{font-family:ui-monospace,monospace;font-size:.87em;overflow-wrap:anywhere}
.why{margin-top:.5rem;padding-left:.7rem;border-left:3px solid currentColor;overflow-wrap:anywhere}
.why p{color:var(--text)}.why p+p{margin-top:.2rem}.why .soft{color:var(--soft)}
.why+ul,.why+.names{margin-top:.5rem}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(7.5rem,1fr));gap:.4rem 1rem}
dt,figcaption .soft{color:var(--soft);font-size:.85em}
dd{font-size:.93em}
.way+dl,.why+dl,summary+*{margin-top:.6rem}
.wide{grid-column:span 2}
.list{padding:0}
details{padding:.55rem 1rem}
details+details{border-top:1px solid var(--line)}
summary{display:grid;grid-template-columns:1.1rem 1fr auto;gap:0 .25rem;cursor:pointer}
summary>:nth-child(2n){text-align:right}
summary::before{content:"\25b8";grid-row:span 2;color:var(--soft)}
[open]>summary::before{content:"\25be"}
details>:not(summary){margin-left:1.35rem}
.graphs{display:grid;grid-template-columns:repeat(3,1fr);gap:0 1.25rem}
figure{display:flex;flex-direction:column;justify-content:space-between}
figcaption>*{display:inline-block;margin-right:.4rem}
figcaption>:first-child{display:block}
svg{display:block;width:100%;height:40px;margin-top:.3rem;border-bottom:1px solid var(--line);fill:var(--link);shape-rendering:crispEdges}
nav{display:flex;flex-wrap:wrap;gap:0 1.2rem;margin-top:1.25rem}
@media(max-width:34rem){.graphs{column-gap:.75rem}summary>:nth-child(n+3){grid-column:2/-1;text-align:left}
summary::before{grid-row:span 3}}
</style>
)";

}  // namespace towline::admin
