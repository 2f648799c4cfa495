package io.tidemark.database.mysql.catalog;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Names as MySQL and MariaDB write them in the names of files, by which InnoDB calls its tables
 * (MySQL manual, 11.2.4, "Mapping of Identifiers to File Names"). MariaDB says it itself ({@code
 * CONVERT(… USING filename)}), MySQL does not; both do it alike.
 */
final class FileNames {

  /** What the server itself keeps from Windows ({@code tablename_to_filename()}). */
  private static final Pattern DEVICES = Pattern.compile("(?i)con|prn|aux|nul|(?:com|lpt)[1-9]");

  /**
   * Letters with a code of two characters, from one code point on; all others have their number.
   */
  private static final String CODES =
      """
      00c0 0G 0H 0I 0J 0K 0L 0M 0N 0O 0P 0Q 0R 0S 0T 0U 0V 0W 0X 0Y 0Z 1G 1H 1I
      00d8 1K 1L 1M 1N 1O 1P 1Q 1j 0g 0h 0i 0j 0k 0l 0m 0n 0o 0p 0q 0r 0s 0t 0u 0v 0w 0x 0y 0z
      00f4 1g 1h 1i
      00f8 1k 1l 1m 1n 1o 1p 1q 1r 1S 1s 1T 1t 1U 1u 1V 1v 1W 1w 1X 1x 1Y 1y 1Z 1z 2G 2g 2H 2h
      0114 2I 2i 2J 2j 2K 2k 2L 2l 2M 2m 2N 2n 2O 2o 2P 2p 2Q 2q 2R 2r 2S 2s 2T 2t 2U 2u 2V 2v
      0131 2w 2X 2x 2Y 2y 2Z 2z 3g 3H 3h 3I 3i 3J 3j 3K 3k 3L 3l 3M 3m 3N 3n 3O 3o 3p 3Q 3q 3R
      014d 3r 3S 3s 3T 3t 3U 3u 3V 3v 3W 3w 3X 3x 3Y 3y 3Z 3z 4G 4g 4H 4h 4I 4i 4J 4j 4K 4k 4L
      0169 4l 4M 4m 4N 4n 4O 4o 4P 4p 4Q 4q 4R 4r 4S 4s 1R 4T 4t 4U 4u 4V 4v 4w ga Qf Ha ha Ia
      0185 ia Rf Ja ja Tf Uf Ka ka la Zb Wf Yf Ma ma Jg Mg na Sg Rg Oa oa pa qa Yg Hh ra Kh Sa
      01a1 sa Ta ta Ua ua Vh Va va Yh wa xa Ya ya Ji Za za Li Mi Gb gb Hb hb Ti Ib ib jb kb Nb
      01bd nb mb
      01c4 Ob
      01c6 ob Pb
      01c9 pb Qb
      01cc qb Rb rb Sb sb Tb tb Ub ub Vb vb Wb wb Xb xb Yb yb zb Gc gc Hc hc Ic ic Jc jc Kc kc
      01e8 Lc lc Mc mc Nc nc Oc oc pc Qc
      01f3 qc Rc rc Na
      01f8 Sc sc Tc tc Uc uc Vc vc Wc wc Xc xc Yc yc Zc zc Gd gd Hd hd Id id Jd jd Kd kd Ld ld
      0214 Md md Nd nd Od od Pd pd Qd qd Rd rd Ra sd Td td Ud ud Vd vd Wd wd Xd xd Yd yd Zd zd
      0230 Ge ge He he ie je ke le me ne Oe Pe pe Pa Qe re se Vi
      0250 nf of pf qf rf sf tf uf vf wf xf yf zf gg hg ig jg kg lg mg ng og pg qg rg sg tg ug
      026c vg wg xg yg zg gh hh ih jh kh lh mh nh oh ph qh rh sh th uh vh wh xh yh zh gi hi ii
      0288 ji ki li mi ni oi pi qi ri si ti ui vi wi xi yi zi gj hj ij jj kj lj mj nj oj pj qj
      02a4 rj sj tj uj vj wj xj yj zj gk hk ik
      0386 6G
      0388 6H 6I 6J
      038c 7S
      038e 7T 7U 5y 6L 7W 6N 6O 6P 6Q 6R 7X 6T 8W 6V 6W 6X 6Y 6Z 8I 7H
      03a3 8Y 7K 7L 8H 7N 7O 7P 7Q 7R 6g 6h 6i 6j 6k 6l 6m 6n 6o 6p 6q 6r 6s 6t 6u 6v 6w 6x 6y
      03bf 6z 7g 7h 7i 7j 7k 7l 7m 7n 7o 7p 7q 7r 7s 7t 7u
      03d0 7w 7x 7Y 7Z 8G 8h 8i 8j
      03d9 8k 8L 8l 8M 8m 8N 8n 8O 8o 8P 8p 8Q 8q 8R 8r 8S 8s 8T 8t 8U 8u 8V 8v 8w 8x 8y 8z
      03f5 9g 9h
      03f8 9i
      03fb 9j 9k 9L 9M 9N S1 T1 U1 V1 W1 X1 Y1 Z1 G2 H2 I2 J2 K2 L2 M2 N2 G0 H0 I0 J0 K0 L0 M0
      0417 N0 O0 P0 Q0 R0 S0 T0 U0 V0 W0 X0 Y0 Z0 G1 H1 I1 J1 K1 L1 M1 N1 O1 P1 Q1 R1 g0 h0 i0
      0433 j0 k0 l0 m0 n0 o0 p0 q0 r0 s0 t0 u0 v0 w0 x0 y0 z0 g1 h1 i1 j1 k1 l1 m1 n1 o1 p1 q1
      044f r1 s1 t1 u1 v1 w1 x1 y1 z1 g2 h2 i2 j2 k2 l2 m2 n2 O2 o2 P2 p2 Q2 q2 R2 r2 S2 s2 T2
      046b t2 U2 u2 V2 v2 W2 w2 X2 x2 Y2 y2 Z2 z2 G3 g3 H3 h3 I3 i3 J3 j3 K3 k3
      048a M3 m3 N3 n3 O3 o3 P3 p3 Q3 q3 R3 r3 S3 s3 T3 t3 U3 u3 V3 v3 W3 w3 X3 x3 Y3 y3 Z3 z3
      04a6 G4 g4 H4 h4 I4 i4 J4 j4 K4 k4 L4 l4 M4 m4 N4 n4 O4 o4 P4 p4 Q4 q4 R4 r4 S4 s4 T4 U4
      04c2 u4 V4 v4 W4 w4 X4 x4 Y4 y4 Z4 z4 G5 g5
      04d0 I5 i5 J5 j5 K5 k5 L5 l5 M5 m5 N5 n5 O5 o5 P5 p5 Q5 q5 R5 r5 S5 s5 T5 t5 U5 u5 V5 v5
      04ec W5 w5 X5 x5 Y5 y5 Z5 z5 G6 g6 H6 h6 I6 i6
      0500 P6 p6 Q6 q6 R6 r6 S6 s6 T6 t6 U6 u6 V6 v6 W6 w6
      0531 H7 I7 J7 K7 L7 M7 N7 O7 P7 Q7 R7 S7 T7 U7 V7 W7 X7 Y7 Z7 G8 H8 I8 J8 K8 L8 M8 N8 O8
      054d P8 Q8 R8 S8 T8 U8 V8 W8 X8
      0561 h7 i7 j7 k7 l7 m7 n7 o7 p7 q7 r7 s7 t7 u7 v7 w7 x7 y7 z7 g8 h8 i8 j8 k8 l8 m8 n8 o8
      057d p8 q8 r8 s8 t8 u8 v8 w8 x8
      1e00 Gl gl Hl hl Il il Jl jl Kl kl Ll ll Ml ml Nl nl Ol ol Pl pl Ql ql Rl rl Sl sl Tl tl
      1e1c Ul ul Vl vl Wl wl Xl xl Yl yl Zl zl Gm gm Hm hm Im im Jm jm Km km Lm lm Mm mm Nm nm
      1e38 Om om Pm pm Qm qm Rm rm Sm sm Tm tm Um um Vm vm Wm wm Xm xm Ym ym Zm zm Gn gn Hn hn
      1e54 In in Jn jn Kn kn Ln ln Mn mn Nn nn Gp on Pn pn Qn qn Rn rn Sn sn Tn tn Un un Vn vn
      1e70 Wn wn Xn xn Yn yn Zn zn Go go Ho ho Io io Jo jo Ko ko Lo lo Mo mo No no Oo oo Po po
      1e8c Qo qo Ro ro So so To to Uo uo vo wo xo yo zo gp
      1ea0 Lp lp Mp mp Np np Op op Pp pp Qp qp Rp rp Sp sp Tp tp Up up Vp vp Wp wp Xp xp Yp yp
      1ebc Zp zp Gq gq Hq hq Iq iq Jq jq Kq kq Lq lq Mq mq Nq nq Oq oq Pq pq Qq qq Rq rq Sq sq
      1ed8 Tq tq Uq uq Vq vq Wq wq Xq xq Yq yq Zq zq Gr gr Hr hr Ir ir Jr jr Kr kr Lr lr Mr mr
      1ef4 Nr nr Or or Pr pr
      1f00 gs hs is js ks ls ms ns Gs Hs Is Js Ks Ls Ms Ns os ps qs rs ss ts
      1f18 Os Ps Qs Rs Ss Ts
      1f20 ys zs gt ht it jt kt lt Ys Zs Gt Ht It Jt Kt Lt mt nt ot pt qt rt st tt Mt Nt Ot Pt
      1f3c Qt Rt St Tt ut vt wt xt yt zt
      1f48 Ut Vt Wt Xt Yt Zt
      1f50 ku lu mu nu ou pu qu ru
      1f59 Lu
      1f5b Nu
      1f5d Pu
      1f5f Ru wu xu yu zu gv hv iv jv Wu Xu Yu Zu Gv Hv Iv Jv kv lv mv nv ov pv qv rv sv tv uv
      1f7b vv wv xv
      1f80 gw hw iw jw kw lw mw nw Gw Hw Iw Jw Kw Lw Mw Nw ow pw qw rw sw tw uw vw Ow Pw Qw Rw
      1f9c Sw Tw Uw Vw ww xw yw zw gx hx ix jx Ww Xw Yw Zw Gx Hx Ix Jx kx lx mx nx ox
      1fb6 qx rx Kx Lx Kv Lv Nx
      1fc2 sx tx ux
      1fc6 wx xx Mv Nv Ov Pv Tx
      1fd0 yx zx gy hy
      1fd6 ky ly Yx Zx Qv Rv
      1fe0 ny oy py qy ry sy ty uy Ny Oy Uv Vv Sy
      1ff2 xy yy
      1ff6 hz iz Sv Tv Wv Xv Yy
      2160 G9 H9 I9 J9 K9 L9 M9 N9 O9 P9 Q9 R9 S9 T9 U9 V9 g9 h9 i9 j9 k9 l9 m9 n9 o9 p9 q9 r9
      217c s9 t9 u9 v9
      24b6 @A @B @C @D @E @F @G @H @I @J @K @L @M @N @O @P @Q @R @S @T @U @V @W @X @Y @Z @a @b
      24d2 @c @d @e @f @g @h @i @j @k @l @m @n @o @p @q @r @s @t @u @v @w @x @y @z
      ff21 A@ B@ C@ D@ E@ F@ G@ H@ I@ J@ K@ L@ M@ N@ O@ P@ Q@ R@ S@ T@ U@ V@ W@ X@ Y@ Z@
      ff41 a@ b@ c@ d@ e@ f@ g@ h@ i@ j@ k@ l@ m@ n@ o@ p@ q@ r@ s@ t@ u@ v@ w@ x@ y@ z@
      """;

  private static final Map<Character, String> LETTERS = letters();

  private FileNames() {}

  private static Map<Character, String> letters() {
    Map<Character, String> letters = new HashMap<>();
    for (String line : CODES.split("\n")) {
      String[] parts = line.split(" ");
      int letter = Integer.parseInt(parts[0], 16);
      for (int i = 1; i < parts.length; i++) {
        letters.put((char) letter++, "@" + parts[i]);
      }
    }
    return letters;
  }

  /** How a file is called that is of something with this name. */
  static String of(String name) {
    StringBuilder encoded = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean plain =
          c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (plain) {
        encoded.append(c);
      } else {
        String letter = LETTERS.get(c);
        encoded.append(letter == null ? "@%04x".formatted((int) c) : letter);
      }
    }
    return encoded + (DEVICES.matcher(name).matches() ? "@@@" : "");
  }
}
