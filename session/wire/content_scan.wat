;; Looks through the content of a message, sixteen octets at a time.
;;
;; After a change: `deno task assemble` writes content_scan_code.ts anew.
(module
  ;; The octets to look at begin at 16; the two before them are those that came before them on the wire.
  (memory (export "memory") 2)

  ;; What was met: 1 for a CR without LF or an LF without CR, 2 for a NUL.
  (global $faults (mut i32) (i32.const 0))

  ;; Tells what was met since the last time, and forgets it.
  (func (export "takeFaults") (result i32)
    (global.get $faults)
    (global.set $faults (i32.const 0)))

  ;; Finds the first dot behind CRLF in [at, end); end where there is none.
  (func (export "nextDot") (param $at i32) (param $end i32) (result i32)
    (local $octets v128) (local $before v128) (local $bare v128) (local $nul v128)
    (local $cr v128) (local $lf v128) (local $dot v128)
    (local $octet i32) (local $last i32) (local $faulty i32)
    (local.set $cr (i8x16.splat (i32.const 13)))
    (local.set $lf (i8x16.splat (i32.const 10)))
    (local.set $dot (i8x16.splat (i32.const 46)))
    (block $found
      (loop $next
        (block $single
          (br_if $single (i32.gt_u (i32.add (local.get $at) (i32.const 16)) (local.get $end)))
          (local.set $octets (v128.load (local.get $at)))
          (local.set $before (v128.load (i32.sub (local.get $at) (i32.const 1))))
          (br_if $single
            (v128.any_true (v128.and
              (i8x16.eq (local.get $octets) (local.get $dot))
              (i8x16.eq (local.get $before) (local.get $lf)))))
          ;; An octet is an LF if and only if the one before it is a CR, or one of the two is bare.
          (local.set $bare (v128.or (local.get $bare) (v128.xor
            (i8x16.eq (local.get $octets) (local.get $lf))
            (i8x16.eq (local.get $before) (local.get $cr)))))
          (local.set $nul (v128.or (local.get $nul)
            (i8x16.eq (local.get $octets) (v128.const i64x2 0 0))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $next))
        ;; One octet: near the end, and where a dot is behind an LF.
        (br_if $found (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $octet (i32.load8_u (local.get $at)))
        (local.set $last (i32.load8_u (i32.sub (local.get $at) (i32.const 1))))
        (br_if $found (i32.and (i32.eq (local.get $octet) (i32.const 46)) (i32.and
          (i32.eq (local.get $last) (i32.const 10))
          (i32.eq (i32.load8_u (i32.sub (local.get $at) (i32.const 2))) (i32.const 13)))))
        (local.set $faulty (i32.or (local.get $faulty) (i32.or
          (i32.xor
            (i32.eq (local.get $octet) (i32.const 10))
            (i32.eq (local.get $last) (i32.const 13)))
          (i32.shl (i32.eqz (local.get $octet)) (i32.const 1)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (global.set $faults (i32.or (global.get $faults) (i32.or (local.get $faulty) (i32.or
      (v128.any_true (local.get $bare))
      (i32.shl (v128.any_true (local.get $nul)) (i32.const 1))))))
    (local.get $at)))
