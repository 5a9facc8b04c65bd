// Sells something for 40 cents. `key` is 0 for nothing, 1 for a coin of 5 cents, 2 for one of 10, 3 to have it back.
//
// With the coin that pays for it `vend` is high, and `change` if that was 5 cents too much. Key 3 gives the credit back,
// 5 cents at every clock that `change` is high; until that is done coins fall through: `reject` is high.
module vending_machine (
    input  wire       clk,
    input  wire       rst,
    input  wire [1:0] key,
    output wire       vend,
    output wire       change,
    output wire       reject
);
  localparam PRICE = 4'd8;

  reg [2:0] credit;
  reg       returning;

  wire       cancel = key == 2'd3;
  wire [3:0] total = {1'b0, credit} + {2'b0, key};

  assign vend = !returning && !cancel && total >= PRICE;
  assign change = returning || vend && total[0];
  assign reject = returning && !cancel && key != 2'd0;

  always @(posedge clk)
    if (rst) begin
      credit    <= 3'd0;
      returning <= 1'b0;
    end else if (returning) begin
      credit    <= credit - 3'd1;
      returning <= credit != 3'd1;
    end else if (cancel)
      returning <= credit != 3'd0;
    else
      credit <= vend ? 3'd0 : total[2:0];
endmodule
